"""The examples of the docstrings say what happens."""

import doctest
import importlib
import pkgutil

import pytest

import ltplug.models
import ltplug.ops

MODULES = sorted(info.name for package in (ltplug.ops, ltplug.models)
                 for info in pkgutil.walk_packages(package.__path__, f'{package.__name__}.'))


@pytest.mark.parametrize('name', MODULES)
def test_examples(name):
    results = doctest.testmod(importlib.import_module(name))
    assert not results.failed, f'{results.failed} of {results.attempted} examples differ'
