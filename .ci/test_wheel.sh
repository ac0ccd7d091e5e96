#!/usr/bin/env bash
# Builds the sdist and from it the wheel, installs that in a fresh environment, and uses it as
# somebody would who has no copy of the repository. PYTHON picks the interpreter.
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
"$away/venv/bin/python" -m pip install --quiet --no-compile -c "$top/requirements/constraints.txt" \
  "$away"/dist/ltplug-*.whl
"$away/venv/bin/python" -m pip check

cd "$away/empty"
rm -rf "$away/source"
PATH="$away/venv/bin:$PATH"
python -c 'import ltplug; assert "site-packages" in ltplug.__file__, ltplug.__file__'
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
