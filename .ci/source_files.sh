# Sourced by the scripts beside it.

# Copies the files of a repository that git knows or would take, and nothing that builds left.
copy_source_files() {  # FROM TO
  mkdir -p "$2"
  (cd "$1" && git ls-files -z --cached --others --exclude-standard |
    # Files that were deleted and not yet committed are known too.
    xargs -0 bash -c 'for f; do if [ -e "$f" ] || [ -L "$f" ]; then printf "%s\0" "$f"; fi; done' - |
    tar --create --null --files-from=- --file=-) | tar --extract --directory="$2"
}
