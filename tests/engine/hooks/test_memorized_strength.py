from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop

from ltplug.datasets import Digits, DrawBatchSampler, DrawDataset, StrengthDrawBatchSampler
from ltplug.engine import MemorizedStrengthHook
from tests.models.methods.small import build


def make_runner(name='BCL', sampler=StrengthDrawBatchSampler, loop=EpochBasedTrainLoop):
    dataset = DrawDataset(Digits())
    train_loop = object.__new__(loop)
    return SimpleNamespace(
        _train_loop=train_loop, train_loop=train_loop, model=build(name),
        train_dataloader=SimpleNamespace(dataset=dataset, batch_sampler=sampler(
            dataset=dataset, batch_size=20, seed=0)))


def test_the_sampler_gets_the_strengths_of_the_memory():
    runner, hook = make_runner(), MemorizedStrengthHook()
    hook.before_run(runner)
    hook.before_train_epoch(runner)
    sampler, memory = runner.train_dataloader.batch_sampler, runner.model.memory
    assert len(sampler.strengths) == len(memory.losses) == len(runner.train_dataloader.dataset)
    assert not sampler.strengths.any()
    memory.update(torch.tensor([7, 2]), torch.tensor([3.0, 1.0]))
    hook.before_train_epoch(runner)
    assert sampler.strengths[7] == 1 and sampler.strengths[2] == 0
    assert np.count_nonzero(sampler.strengths) == 1
    hook.before_run(SimpleNamespace(_train_loop=dict()))  # a test run


@pytest.mark.parametrize(('kwargs', 'sentence'), [
    (dict(name='SimCLR'), 'use a model of type ltplug.BCL'),
    (dict(sampler=DrawBatchSampler), 'batch_sampler=dict\\(type="ltplug.StrengthDrawBatchSampler'),
    (dict(loop=IterBasedTrainLoop), 'train with train_cfg=dict\\(by_epoch=True'),
])
def test_wrong_runs_are_told_before_they_begin(kwargs, sentence):
    with pytest.raises(ValueError, match=sentence):
        MemorizedStrengthHook().before_run(make_runner(**kwargs))
