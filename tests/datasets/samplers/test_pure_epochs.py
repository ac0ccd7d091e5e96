"""Who says that an epoch can be drawn before it begins, and that it is the same then."""

import pytest

from ltplug.datasets import samplers
from ltplug.datasets.samplers.class_sampler import ClassProbabilitySampler, ClassSampler

from .labelled import make

COUNTS = [30, 8, 4]
ARGUMENTS = {
    'DeferredSampler': dict(first=dict(type='DefaultSampler', shuffle=True), begin_epoch=1,
                            second=dict(type='ltplug.ProgressivelyBalancedSampler',
                                        total_epochs=3)),
    'ProgressivelyBalancedSampler': dict(total_epochs=3), 'WeightedClassSampler': dict(power=0.5),
}
BATCH_SAMPLERS = [name for name in samplers.__all__ if name.endswith('BatchSampler')]
SAMPLERS = [name for name in samplers.__all__ if name not in (*BATCH_SAMPLERS, 'ClassSampler')]


def build(name, **kwargs):
    return make(getattr(samplers, name), COUNTS, **ARGUMENTS.get(name, {}), **kwargs)


@pytest.mark.parametrize('name', SAMPLERS + BATCH_SAMPLERS)
def test_an_epoch_is_the_same_in_advance(name):
    if name in BATCH_SAMPLERS:
        batches = build(name, batch_size=8)
    else:
        batches = samplers.DrawBatchSampler(build(name), batch_size=8)
    assert batches.runs_ahead == (name != 'StrengthDrawBatchSampler')
    early = [list(batches.batches(epoch)) for epoch in (2, 1, 0)]  # in any order
    for epoch in (0, 1, 2):
        batches.sampler.set_epoch(epoch)
        assert list(batches) == early[2 - epoch] and len(early[epoch]) == len(batches)
        assert list(batches.batches(1)) == early[1], 'whatever the sampler is told'
    assert early[0] != early[1] != early[2]


class Told(samplers.WeightedClassSampler):
    """A sampler whose authors add what is told to it between epochs."""


def test_nobody_says_so_for_a_subclass():
    told = make(Told, COUNTS, power=0)
    assert not told.pure_epochs and not ClassSampler.pure_epochs
    assert not ClassProbabilitySampler.pure_epochs and samplers.WeightedClassSampler.pure_epochs
    for cls in (samplers.DrawBatchSampler, samplers.DualBranchBatchSampler):
        assert not cls(told, batch_size=8).runs_ahead
        assert cls(build('WeightedClassSampler'), batch_size=8).runs_ahead
    inner = build('DeferredSampler')
    inner.second = told
    assert not inner.pure_epochs and not samplers.DrawBatchSampler(inner, 8).runs_ahead
