# Sourced by the scripts beside it.

# Copies the files of a repository that git knows or would take, and nothing that builds left.
copy_source_files() {  # FROM TO
  mkdir -p "$2"
  (cd "$1" && git ls-files -z --cached --others --exclude-standard |
    # Files that were deleted and not yet committed are known too.
    xargs -0 bash -c 'for f; do if [ -e "$f" ] || [ -L "$f" ]; then printf "%s\0" "$f"; fi; done' - |
    tar --create --null --files-from=- --file=-) | tar --extract --directory="$2"
}

# Lets an environment see some packages of another one, whose files stay where they are.
share_packages() {  # PYTHON_OF_THE_OTHER PYTHON REGEX_OF_NAMES_IN_SITE_PACKAGES FOLDER_FOR_LINKS
  mkdir "$4"
  "$1" - "$3" "$4" "$("$2" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" <<'CODE'
import pathlib, re, sys, sysconfig
names, (links, own) = re.compile(sys.argv[1]), map(pathlib.Path, sys.argv[2:])
for path in pathlib.Path(sysconfig.get_path('purelib')).iterdir():
    if names.fullmatch(path.name):
        (links / path.name).symlink_to(path)
(own / 'shared.pth').write_text(f'{links}\n')
CODE
}
