#!/usr/bin/env bash
# Tests the components of ltplug, and the project of examples/, on the original mm packages. They
# stand in an environment of their own, which sees all but the mm packages of the one in VENV:
# there is one copy of torch. What is known not to work there (resuming, colour jitter with hue) is
# not tested.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
python=$(cd "$top" && realpath --no-symlinks "${VENV:-.venv}")/bin/python
away=$(mktemp -d)
trap 'rm -rf "$away"' EXIT
unset PYTHONPATH
source "$top/.ci/source_files.sh"

copy_source_files "$top" "$away/source"
"$python" -m venv "$away/venv"
# pkg_resources, which these releases import, is gone from setuptools 81.
"$away/venv/bin/python" -m pip install --quiet --no-deps \
  'setuptools<81' mmengine==0.10.7 mmcv-lite==2.2.0 mmpretrain==1.2.0
"$away/venv/bin/python" -m pip install --quiet --no-deps "$away/source"
rm -rf "$away/source/ltplug" "$away/source/build"  # tests find the installed one

share_packages "$python" "$away/venv/bin/python" \
  '(?!((onedl.)?(mmengine|mmcv|mmpretrain|ltplug)|pip|setuptools)\b).*(?<!\.pth)' "$away/shared"

cd "$away/source"
"$away/venv/bin/python" -W ignore - <<'CODE'
import ltplug, mmcv, mmengine, mmpretrain
from ltplug.compat import installed_version
assert mmengine.__version__ == '0.10.7', mmengine.__version__
assert mmcv.__version__ == '2.2.0', mmcv.__version__
assert mmpretrain.__version__ == '1.2.0', mmpretrain.__version__
assert not any(map(installed_version, ('onedl-mmengine', 'onedl-mmcv', 'onedl-mmpretrain')))
assert 'site-packages' in ltplug.__file__, ltplug.__file__
CODE
"$away/venv/bin/ltplug" doctor
"$away/venv/bin/python" -m pytest -n 2 --dist worksteal tests/test_mmpretrain_project.py \
  tests/test_registry.py tests/models/losses tests/datasets/samplers \
  tests/engine/hooks/test_class_counts.py tests/engine/hooks/test_deferred_reweighting.py \
  tests/evaluation/test_group_accuracy.py
