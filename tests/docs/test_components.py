"""The list of components is complete, and lists nothing that does not exist."""

import re

import pytest
from doc_pages import ROOT, tables

import ltplug.datasets
import ltplug.models
import ltplug.ops

from .checking import component_names

PAGE = ROOT / 'docs' / 'components.md'
TEXT = PAGE.read_text(encoding='utf-8')
NAMED = set(re.findall(r'`([\w.]+)(?:\([^`]*\))?`', TEXT))


def test_every_component_is_listed():
    assert component_names() - NAMED == set()


def test_every_function_is_listed():
    functions = TEXT.partition('## Functions')[2].partition('\n## ')[0]
    named = re.findall(r'`(\w+)`', functions.partition(': the\nformulas')[0])
    assert sorted(named) == sorted(ltplug.ops.__all__)
    assert named == sorted(named)


def test_rows_name_components_that_exist():
    rows = [row for header, *rows in tables(TEXT) for row in rows if header[0] != 'script']
    named = {name for row in rows for name in re.findall(r'`([\w.]+)', row[0])}
    public = {*ltplug.datasets.__all__, *ltplug.models.__all__, *ltplug.ops.__all__}
    assert named - component_names() - public == set()


@pytest.mark.parametrize('folder', ['data', 'model_converters', 'analysis'])
def test_every_script_is_listed(folder):
    scripts = {path.name for path in (ROOT / 'tools' / folder).glob('*.py')
               if not path.name.startswith('benchmark_')}
    listed = {row[0].split()[0].strip('`') for header, *rows in tables(TEXT)
              if header[0] == 'script' for row in rows}
    assert scripts <= listed
    every = {path.name for path in ROOT.glob('tools/**/*.py')}
    assert listed <= every
