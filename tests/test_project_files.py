"""What several files of the repository say about versions is the same."""

import re
from pathlib import Path

import yaml

from ltplug.version import __version__

ROOT = Path(__file__).parent.parent


def test_the_version_is_the_same_everywhere():
    assert str(yaml.safe_load((ROOT / 'CITATION.cff').read_text())['version']) == __version__
    headings = re.findall(r'^## (\S+)', (ROOT / 'CHANGELOG.md').read_text(), re.MULTILINE)
    assert headings[0] == __version__


def test_ruff_checks_alike_before_a_commit_and_in_the_suite():
    pinned = re.search(r'^ruff==.+$', (ROOT / 'requirements/constraints.txt').read_text(),
                       re.MULTILINE)[0]
    hooks = yaml.safe_load((ROOT / '.pre-commit-config.yaml').read_text())['repos'][0]['hooks']
    ruff, = (hook for hook in hooks if hook['id'] == 'ruff')
    assert ruff['additional_dependencies'] == [pinned]
