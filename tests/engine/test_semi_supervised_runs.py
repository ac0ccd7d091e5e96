"""Whole runs of what learns from pools without labels."""

import signal

import pytest
import torch

from ltplug.engine.checkpoint_io import load_checkpoint_file

from .runs import ROOT, train, weights, write_config
from .test_distributed import GROUP_NORM, largest_difference, torchrun
from .test_resume import assert_same

FOLDER = ROOT / 'configs/self_training'
CONFIGS = {name: FOLDER / f'{name}_cifar-resnet20_60e_digits-lt.py'
           for name in ('vat', 'mean-teacher')}
KILL = '''
import os, signal
from mmengine.hooks import IterTimerHook
def kill(self, runner, batch_idx, data_batch=None, outputs=None):
    if runner.iter == 17:  # in epoch 2 of 11 iterations each
        os.kill(os.getpid(), signal.SIGKILL)
IterTimerHook.after_train_iter = kill
'''
BODY = """
param_scheduler = [dict(type='ConstantLR', factor=1.0)]
optim_wrapper = dict(optimizer=dict(lr={lr}))
model = dict(backbone=dict(depth=8{norm}))
train_dataloader = dict(batch_size={batch_size}, num_workers=0)
default_hooks = dict(ramp_up=dict(epochs=2))
"""


# Where images have much background, rounding decides on which side of a kink many activations are
# at once, which changes single gradients by a hundredth.
SMALL_RATE = 2e-4


def write(folder, name, batch_size=128, norm='', lr=0.02):
    folder.mkdir()
    body = BODY.format(batch_size=batch_size, norm=norm, lr=lr)
    return write_config(folder, body, CONFIGS[name], epochs=2)


@pytest.mark.parametrize('name', CONFIGS)
def test_a_killed_run_ends_as_if_nothing_had_happened(name, tmp_path):
    config = write(tmp_path / 'config', name)
    whole = train(config, tmp_path / 'whole')
    assert whole.returncode == 0, whole.stdout + whole.stderr
    killed = train(config, tmp_path / 'run', before=KILL)
    assert killed.returncode == -signal.SIGKILL, killed.stdout + killed.stderr
    resumed = train(config, tmp_path / 'run', '--resume')
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert_same(weights(tmp_path / 'run' / 'epoch_2.pth'),
                weights(tmp_path / 'whole' / 'epoch_2.pth'))


def test_two_processes_follow_the_teacher_as_one_does(tmp_path):
    small = dict(norm=GROUP_NORM, lr=SMALL_RATE)
    one = train(write(tmp_path / 'one', 'mean-teacher', 128, **small), tmp_path / 'run_1')
    assert one.returncode == 0, one.stdout + one.stderr
    two = torchrun(write(tmp_path / 'two', 'mean-teacher', 64, **small), tmp_path / 'run_2')
    assert two.returncode == 0, two.stdout + two.stderr
    expected, found = (load_checkpoint_file(tmp_path / name / 'epoch_2.pth')['state_dict']
                       for name in ('run_1', 'run_2'))
    assert any(key.startswith('teacher.module.') for key in expected)
    assert largest_difference(found, expected) <= 1e-5


def test_two_processes_look_for_perturbations(tmp_path):
    config = write(tmp_path / 'config', 'vat', 64)
    result = torchrun(config, tmp_path / 'run')
    assert result.returncode == 0, result.stdout + result.stderr
    found = weights(tmp_path / 'run' / 'epoch_2.pth')
    assert all(torch.isfinite(value).all() for value in found.values())
