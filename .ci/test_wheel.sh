#!/usr/bin/env bash
# Builds the sdist and from it the wheel, installs that in a fresh environment, and uses it as
# somebody would who has no copy of the repository. PYTHON picks the interpreter.
#
# torch and what brings its CUDA libraries (6 GB) are those of the environment VENV, if there is one
# of that Python with the versions of constraints.txt: `make env` has shown that they can be
# installed. All else is installed anew, and pip decides what is needed from the metadata of the
# wheel alone; that these ask for torch and torchvision, and that the index has what fits, is shown
# by resolving them again as if nothing were installed. With VENV= nothing is shared.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
away=$(mktemp -d)
trap 'rm -rf "$away"' EXIT
unset PYTHONPATH
source "$top/.ci/source_files.sh"

copy_source_files "$top" "$away/source"
mkdir "$away/empty"
"${PYTHON:-python3}" -m venv "$away/tools"
"$away/tools/bin/python" -m pip install --quiet build
"$away/tools/bin/python" -m build --outdir "$away/dist" "$away/source" >"$away/build.log" ||
  { cat "$away/build.log" >&2; exit 1; }

"${PYTHON:-python3}" -m venv "$away/venv"
"$away/venv/bin/python" -m pip install --quiet --upgrade pip
install=("$away/venv/bin/python" -m pip install --quiet --no-compile
  -c "$top/requirements/constraints.txt")
python_version='import sys; print(*sys.version_info[:2], sys.base_prefix)'
if [ -n "${VENV:-}" ] && [ -x "$VENV/bin/python" ] && "$VENV/bin/python" -c 'import torch' &&
    [ "$("$VENV/bin/python" -c "$python_version")" = \
      "$("$away/venv/bin/python" -c "$python_version")" ]; then
  "${install[@]}" --dry-run --ignore-installed --report "$away/report.json" \
    "$away"/dist/ltplug-*.whl
  "$away/venv/bin/python" - "$away/report.json" <<'CODE'
import json, sys
found = {item['metadata']['name'].lower() for item in json.load(open(sys.argv[1]))['install']}
lacking = {'ltplug', 'torch', 'torchvision', 'onedl-mmengine', 'onedl-mmpretrain'} - found
assert not lacking, f'the wheel does not ask for {lacking}'
CODE
  share_packages "$VENV/bin/python" "$away/venv/bin/python" \
    '(torch|torchvision|torchgen|functorch|triton|nvidia|cuda)([-_.].*)?' "$away/shared"
  echo "torch is that of $VENV; all else is installed anew."
fi
"${install[@]}" "$away"/dist/ltplug-*.whl
"$away/venv/bin/python" -m pip check

cd "$away/empty"
rm -rf "$away/source"
PATH="$away/venv/bin:$PATH"
python - "$away/venv" <<'CODE'
import sys, ltplug, mmengine, mmpretrain, numpy
for package in (ltplug, mmengine, mmpretrain, numpy):  # from here, and not where torch may be from
    assert package.__file__.startswith(sys.argv[1]), package.__file__
CODE
ltplug doctor
ltplug list 'ldam*digits-lt'
ltplug quickstart
name=ldam-drw_cifar-resnet20_60e_digits-lt
# A checkpoint tested alone gives what the training ended with.
ltplug test $name work_dirs/quickstart/$name/epoch_60.pth --work-dir work_dirs/again
test -s work_dirs/again/report.html
python - work_dirs/quickstart/$name/test work_dirs/again <<'CODE'
import json, pathlib, sys
first, again = (json.loads(pathlib.Path(folder, 'results.json').read_text())['metrics']
                for folder in sys.argv[1:])
assert first == again, (first, again)
CODE
ltplug train crt_cifar-resnet20_digits-lt_recipe --dry-run
# Configs of other folders inherit those of the wheel.
echo "_base_ = ['ltplug::ldam/$name.py']" >mine.py
ltplug train mine.py --dry-run
echo 'The wheel works in a fresh environment.'
