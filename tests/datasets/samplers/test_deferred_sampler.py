import pytest

from ltplug.datasets import DeferredSampler, DrawBatchSampler, WeightedClassSampler

from .labelled import Labelled, make

SHUFFLED = dict(type='DefaultSampler', shuffle=True)
BALANCED = dict(type='ltplug.WeightedClassSampler', power=0)
COUNTS = [60, 20, 4]


def deferred(begin_epoch=3, first=SHUFFLED, second=BALANCED, **kwargs):
    return make(DeferredSampler, COUNTS, first=first, second=second, begin_epoch=begin_epoch,
                **kwargs)


def test_it_switches_at_the_epoch():
    sampler = deferred()
    plain = DrawBatchSampler(dataset=Labelled(COUNTS), batch_size=4, seed=0)
    balanced = make(WeightedClassSampler, COUNTS, power=0)
    for epoch in (5, 0, 3, 2, 4, 1):  # in any order, as after a resume
        expected = plain if epoch < 3 else balanced
        assert sampler.stream(epoch).tolist() == expected.stream(epoch).tolist()


def test_it_can_begin_with_the_first_epoch():
    balanced = make(WeightedClassSampler, COUNTS, power=0)
    assert deferred(0).stream(0).tolist() == balanced.stream(0).tolist()


def test_both_samplers_follow_the_seed_of_a_resumed_run():
    sampler, other = deferred(), deferred(seed=9)
    sampler.seed = 9
    for epoch in (0, 3):
        assert sampler.stream(epoch).tolist() == other.stream(epoch).tolist()


def test_mistakes_are_told():
    with pytest.raises(ValueError, match='begin_epoch must not be negative, got -1'):
        deferred(-1)
    with pytest.raises(ValueError, match='those of first draw 84 and those of second 10: give'):
        deferred(second=dict(BALANCED, num_samples=10))
    with pytest.raises(ValueError, match='ignore the order of RepeatAugSampler'):
        deferred(second=dict(type='RepeatAugSampler'))
