"""Whole runs of CBS+RRS+SS: two processes agree with one, and a killed run ends the same."""

import signal

import pytest
import torch

from .runs import train, weights, write_config
from .test_distributed import CE, GROUP_NORM, largest_difference, torchrun
from .test_resume import KILL_AT_ITERATION, loader

# At a high rate one ReLU that flips by rounding is magnified over the steps.
BODY = """
param_scheduler = [dict(type='ConstantLR', factor=1.0)]
optim_wrapper = dict(optimizer=dict(lr=5e-4))
model = dict(
    type='ltplug.DualBranchClassifier',
    backbone=dict(depth=8{norm}),
    rotation_head=dict(type='LinearClsHead', num_classes=4, in_channels=64))
train_dataloader = dict(
    batch_size={batch_size}, batch_sampler=dict(type='ltplug.DualBranchBatchSampler'))
"""


def write(folder, batch_size, norm='', epochs=2):
    folder.mkdir()
    return write_config(folder, BODY.format(batch_size=batch_size, norm=norm), CE, epochs)


@pytest.mark.parametrize(('batch_size', 'epochs'), [(64, 2), (120, 4)])
def test_two_processes_agree_with_one(tmp_path, batch_size, epochs):
    """At 120, the balanced half has all ten classes."""
    result = train(write(tmp_path / 'one', batch_size, GROUP_NORM, epochs), tmp_path / 'alone')
    assert result.returncode == 0, result.stderr
    clipped = result.stdout.count('takes 6 of every class')
    assert clipped == (1 if batch_size == 120 else 0)
    result = torchrun(write(tmp_path / 'two', batch_size // 2, GROUP_NORM, epochs),
                      tmp_path / 'together')
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count('takes 6 of every class') == clipped
    alone, together = (weights(tmp_path / name / f'epoch_{epochs}.pth')
                       for name in ('alone', 'together'))
    alone = {key: value for key, value in alone.items() if key.startswith('model.')}
    assert largest_difference(together, alone) <= 1e-5


def test_killed_and_resumed(tmp_path):
    config = write(tmp_path / 'config', 64, epochs=4)  # 11 batches an epoch
    result = train(config, tmp_path / 'whole', *loader(0))
    assert result.returncode == 0, result.stderr
    result = train(config, tmp_path / 'killed', *loader(2), before=KILL_AT_ITERATION)
    assert result.returncode == -signal.SIGKILL, result.stderr
    result = train(config, tmp_path / 'killed', '--resume', *loader(0))
    assert result.returncode == 0, result.stderr
    assert 'resumed epoch: 2' in result.stdout
    whole, resumed = (weights(tmp_path / name / 'epoch_4.pth') for name in ('whole', 'killed'))
    assert all(torch.equal(resumed[key], value) for key, value in whole.items())
