"""Whole runs of what learns from pools without labels."""

import signal

import pytest

from .runs import ROOT, train, weights, write_config
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
optim_wrapper = dict(optimizer=dict(lr=0.02))
model = dict(backbone=dict(depth=8))
train_dataloader = dict(batch_size=128, num_workers=0)
default_hooks = dict(ramp_up=dict(epochs=2))
"""


def write(folder, name):
    folder.mkdir()
    return write_config(folder, BODY, CONFIGS[name], epochs=2)


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
