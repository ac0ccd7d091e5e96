"""Fixtures for all tests."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope, init_default_scope

ROOT = Path(__file__).parent.parent
os.environ['LTPLUG_REPORT'] = '0'  # also of the processes that tests start; seconds for each run


@pytest.fixture(autouse=True)
def default_scope():
    """Every test starts in the scope that the configs name."""
    init_default_scope('mmpretrain')
    yield
    DefaultScope._instance_dict.clear()


@pytest.fixture(autouse=True, scope='session')
def one_thread():
    """Two test processes share two cores."""
    torch.set_num_threads(1)


@pytest.fixture(scope='session')
def golden():
    """Load the golden numbers of a family: ``golden('rebal_losses')['ldam_plain_m0.5_s30']``."""
    loaded = {}

    def load(name: str):
        if name not in loaded:
            with np.load(Path(__file__).parent / 'data' / f'{name}.npz') as arrays:
                loaded[name] = dict(arrays)
        return loaded[name]

    return load


@pytest.fixture
def configs() -> Path:
    """The folder of the configs."""
    return ROOT / 'configs'
