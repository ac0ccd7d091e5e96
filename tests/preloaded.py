"""What the process imports that ``tests/processes.py`` copies."""

import gc
import sys

import mmpretrain.registry
import pytest  # noqa: F401 (tests that run in copies import it)
from mmengine.registry import Registry

import ltplug.cli.data
import ltplug.cli.running
import ltplug.registry

for _registry in [*vars(mmpretrain.registry).values(), *vars(ltplug.registry).values()]:
    if isinstance(_registry, Registry):
        _registry.import_from_location()
gc.collect()
gc.freeze()  # the copies need not look through what is imported
sys.stdout.flush()  # or every copy would say again what imports have said
