"""``ltplug doctor`` finds what is wrong, whatever is broken."""

import importlib
import shutil
import sys

import pytest
import torch

from ltplug import compat, doctor
from ltplug.cli.doctor import doctor_main

from .test_compat import FULL

HERE = {**FULL, 'opencv-python': '5.0.0.93'}


@pytest.fixture
def install(monkeypatch):
    """Change what is installed; in a name, _ stands for -."""
    def install(**changes):
        found = {**HERE, **{key.replace('_', '-'): value for key, value in changes.items()}}
        for module in (compat, doctor):
            monkeypatch.setattr(module, 'installed_version', found.get)

    install()
    return install


@pytest.fixture
def break_module(monkeypatch):
    """Let the import of a module fail."""
    original = importlib.import_module

    def break_module(broken, error):
        def fail(name, package=None):
            if name == broken:
                raise error
            return original(name, package)

        monkeypatch.setattr(importlib, 'import_module', fail)

    return break_module


def test_nothing_is_wrong(install, tmp_path, capsys):
    doctor_main(['--work-dir', str(tmp_path / 'not' / 'there')])
    shown = capsys.readouterr().out
    assert 'Error' not in shown and 'Nothing keeps ltplug from training' in shown
    assert 'onedl-mmengine 0.10.12' in shown and 'torch          2.15.0' in shown
    assert 'configs in ' in shown and 'writable' in shown
    assert not (tmp_path / 'not').exists()


def fails(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        doctor_main(list(arguments))
    assert stop.value.code == 1
    return capsys.readouterr().out


def test_what_is_missing_or_old_is_an_error(install, capsys):
    install(torch=None, onedl_mmcv=None, numpy='1.20')
    shown = fails(capsys)
    assert 'Error: torch is not installed: run "pip install torch".' in shown
    assert 'mmcv           not installed' in shown and 'numpy 1.20 is too old' in shown


def test_originals_beside_the_maintained_are_noted(install, capsys):
    install(mmengine='0.10.7')
    doctor_main([])
    shown = capsys.readouterr().out
    assert 'mmengine       onedl-mmengine 0.10.12, 0.10.7' in shown
    assert 'Note: onedl-mmengine and mmengine overwrite each other' in shown
    install(onedl_mmengine=None, mmengine='0.10.7')
    doctor_main([])
    assert 'no longer maintained' in capsys.readouterr().out


def test_opencv_twice_is_noted_and_none_is_an_error(install, capsys):
    install(opencv_python_headless='5.0.0.93')
    doctor_main([])
    assert 'opencv-python and opencv-python-headless overwrite' in capsys.readouterr().out
    install(opencv_python=None)
    assert 'cv2 is not installed' in fails(capsys)


@pytest.mark.parametrize(('module', 'error', 'told'), [
    ('cv2', ImportError('libGL.so.1: cannot open\nmore'),
     'cv2 is installed and cannot be imported (ImportError: libGL.so.1: cannot open): on a machine '
     'without a screen run'),
    ('torchvision', RuntimeError('operator torchvision::nms does not exist'),
     'install both together from one index'),
    ('mmpretrain', AttributeError('x'), 'run "pip install --force-reinstall onedl-mmpretrain"'),
    ('ltplug.models', KeyError('x'), 'run "pip install --force-reinstall ltplug"'),
])
def test_what_cannot_be_imported_is_an_error(module, error, told, install, break_module, capsys):
    break_module(module, error)
    assert told in fails(capsys)


def test_a_folder_that_cannot_be_written(install, tmp_path, capsys):
    (tmp_path / 'file').touch()
    shown = fails(capsys, '--work-dir', str(tmp_path / 'file'))
    assert 'Runs cannot be written to' in shown and '(Not a directory)' in shown


def test_little_memory_to_share_and_little_disk(install, monkeypatch, capsys):
    usage = shutil.disk_usage('/')._replace(free=64 * 2**20)
    monkeypatch.setattr(shutil, 'disk_usage', lambda path: usage)
    doctor_main([])
    shown = capsys.readouterr().out
    assert 'has 64 MiB free, which few checkpoints fill' in shown
    assert '--shm-size' in shown or not doctor.Path('/dev/shm').is_dir()


def test_a_gpu_that_torch_cannot_use_is_noted(install, monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    monkeypatch.setattr(shutil, 'which', lambda name: f'/usr/bin/{name}')
    doctor_main([])
    assert 'There seems to be an NVIDIA GPU' in capsys.readouterr().out


def test_lost_configs_are_an_error(install, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr('ltplug.zoo.PACKAGE', tmp_path / 'ltplug')
    monkeypatch.setattr(doctor, 'shipped_configs', doctor.shipped_configs.__wrapped__)
    assert 'has lost its configs' in fails(capsys)


def test_only_the_command_postpones_the_check(monkeypatch):
    for program, expected in (('/usr/bin/ltplug', True), ('-m', True), ('train.py', False),
                              ('ltplug/train.py', False), ('', False)):
        monkeypatch.setattr(sys, 'argv', [program, 'doctor'])
        assert compat.is_command() == expected
    monkeypatch.setattr(sys, 'argv', [])
    assert not compat.is_command()
