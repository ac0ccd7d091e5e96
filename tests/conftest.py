"""Fixtures for all tests."""

import copy
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope, init_default_scope

ROOT = Path(__file__).parent.parent
CONFIGS = f'{ROOT / "configs"}{os.sep}'
os.environ['LTPLUG_REPORT'] = '0'  # also of the processes that tests start; seconds for each run

MEMORY = Path('/dev/shm')


def keep_files_in_memory() -> None:
    """Let temporary files be in memory where there is plenty, unless ``TMPDIR`` says where.

    Tests write and delete small files by the ten thousand (mmengine makes a folder for each base of
    a config that it reads), for which many disks need longer than the tests for all the rest.
    """
    if 'TMPDIR' not in os.environ and os.access(MEMORY, os.W_OK) and \
            shutil.disk_usage(MEMORY).free > 8 * 2 ** 30:
        tempfile.tempdir = os.environ['TMPDIR'] = str(MEMORY)  # of processes that tests start too


keep_files_in_memory()


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


@pytest.fixture(autouse=True, scope='session')
def configs_read_once():
    """Keep what mmengine reads from the files of ``configs/``, which no test changes.

    Every file is read by it once in a test session; most are bases of many configs, and a training
    reads its config several times.
    """
    read, kept = Config._file2dict, {}

    def read_once(filename, *args, **kwargs):
        path = os.path.abspath(filename)
        if not path.startswith(CONFIGS):
            return read(filename, *args, **kwargs)
        key = (path, args, *kwargs.items())
        if key not in kept:
            kept[key] = read(filename, *args, **kwargs)
        return copy.deepcopy(kept[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Config, '_file2dict', staticmethod(read_once))
        yield


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
    return Path(CONFIGS)
