"""Whole runs of CBS+RRS+SS: a killed run ends the same."""

import signal

import torch

from .runs import train, weights, write_config
from .test_distributed import CE
from .test_resume import KILL_AT_ITERATION, loader

BODY = """
param_scheduler = [dict(type='ConstantLR', factor=1.0)]
optim_wrapper = dict(optimizer=dict(lr=5e-4))
model = dict(
    type='ltplug.DualBranchClassifier',
    backbone=dict(depth=8),
    rotation_head=dict(type='LinearClsHead', num_classes=4, in_channels=64))
train_dataloader = dict(
    batch_size=64, batch_sampler=dict(type='ltplug.DualBranchBatchSampler'))
"""


def test_killed_and_resumed(tmp_path):
    config = write_config(tmp_path, BODY, CE)  # 11 batches an epoch
    result = train(config, tmp_path / 'whole', *loader(0))
    assert result.returncode == 0, result.stderr
    result = train(config, tmp_path / 'killed', *loader(2), before=KILL_AT_ITERATION)
    assert result.returncode == -signal.SIGKILL, result.stderr
    result = train(config, tmp_path / 'killed', '--resume', *loader(0))
    assert result.returncode == 0, result.stderr
    assert 'resumed epoch: 2' in result.stdout
    whole, resumed = (weights(tmp_path / name / 'epoch_4.pth') for name in ('whole', 'killed'))
    assert all(torch.equal(resumed[key], value) for key, value in whole.items())
