"""What all samplers that draw by class have in common."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmengine.runner import Runner

from ltplug.datasets import (
    ClassAwareSampler,
    DeferredSampler,
    Digits,
    DrawBatchSampler,
    EffectiveNumberSampler,
    ProgressivelyBalancedSampler,
    WeightedClassSampler,
)

from .labelled import Labelled, make

SAMPLERS = {
    'weighted': (WeightedClassSampler, dict(power=0.5)),
    'effective': (EffectiveNumberSampler, dict()),
    'progressive': (ProgressivelyBalancedSampler, dict(total_epochs=5)),
    'class_aware': (ClassAwareSampler, dict()),
    'deferred': (DeferredSampler, dict(
        first=dict(type='DefaultSampler', shuffle=True),
        second=dict(type='ltplug.WeightedClassSampler', power=0), begin_epoch=2)),
}
EVERY = pytest.mark.parametrize(('cls', 'kwargs'), SAMPLERS.values(), ids=SAMPLERS)
COUNTS = [30, 11, 5, 1]


def epoch_of(batch_sampler, epoch):
    batch_sampler.sampler.set_epoch(epoch)
    result = list(batch_sampler)
    assert len(result) == len(batch_sampler)
    return result


@EVERY
def test_an_epoch_is_a_function_of_seed_and_epoch(cls, kwargs):
    streams = {(seed, epoch): tuple(make(cls, COUNTS, seed=seed, **kwargs).stream(epoch))
               for seed in range(4) for epoch in range(4)}
    assert len(set(streams.values())) == 16, 'neighbouring seeds and epochs differ'
    again = make(cls, COUNTS, seed=2, **kwargs)
    again.stream(0), again.stream(1)  # what was drawn before changes nothing
    assert tuple(again.stream(3)) == streams[2, 3]


@EVERY
@settings(deadline=None, max_examples=25)
@given(counts=st.lists(st.integers(0, 25), min_size=1, max_size=8).filter(any),
       batch_size=st.integers(1, 12), world_size=st.integers(2, 3), epoch=st.integers(0, 6))
def test_ranks_together_draw_what_one_process_draws(cls, kwargs, counts, batch_size, world_size,
                                                    epoch):
    ranks = []
    for rank in range(world_size):
        sampler = make(cls, counts, rank, world_size, **kwargs)
        ranks.append(epoch_of(make_batches(sampler, batch_size, rank, world_size), epoch))
    alone = make_batches(make(cls, counts, **kwargs), batch_size * world_size)
    alone = [draw for batch in epoch_of(alone, epoch) for draw in batch]
    assert len({len(rank) for rank in ranks}) == 1, 'every rank has the same number of batches'
    together = [draw for parts in zip(*ranks, strict=True) for part in parts for draw in part]
    assert together[:len(alone)] == alone and len(together) - len(alone) < world_size
    assert len(alone) == sum(counts) and max(draw.index for draw in alone) < sum(counts)


def make_batches(sampler, batch_size, rank=0, world_size=1):
    return make(lambda dataset, seed: DrawBatchSampler(sampler, batch_size), COUNTS, rank,
                world_size)


@EVERY
def test_without_a_batch_sampler_ranks_interleave(cls, kwargs):
    stream = make(cls, COUNTS, **kwargs).stream(3)
    parts = []
    for rank in range(3):
        sampler = make(cls, COUNTS, rank, 3, **kwargs)
        sampler.set_epoch(3)
        parts.append(list(sampler))
        assert len(parts[-1]) == len(sampler) == 16
    together = [index for step in zip(*parts, strict=True) for index in step]
    assert together == [*stream, stream[0]]


@EVERY
def test_classes_without_images_are_skipped(cls, kwargs):
    dataset = Labelled([5, 0, 3, 0], names=('a', 'b', 'c', 'd'))
    assert set(dataset.labels[make(cls, dataset, **kwargs).stream(4)]) == {0, 2}


@EVERY
def test_from_a_config_over_a_bare_dataset(cls, kwargs):
    loader = Runner.build_dataloader(dict(
        dataset=dict(type='ltplug.Digits', size=8), batch_size=100, num_workers=0,
        sampler=dict(type=f'ltplug.{cls.__name__}', **kwargs),
        batch_sampler=dict(type='ltplug.DrawBatchSampler')), seed=5)
    batches = list(loader.batch_sampler)
    assert len(loader) == len(batches) == -(-len(Digits(size=8)) // 100)
    assert all(type(index) is int for index in batches[0])
    expected = make(cls, Digits(size=8), seed=5, **kwargs).stream(0)
    assert [index for batch in batches for index in batch] == expected.tolist()


def test_num_samples_sets_the_length():
    sampler = make(WeightedClassSampler, COUNTS, power=0, num_samples=130)
    assert len(sampler.stream(0)) == len(sampler) == 130
    assert len(DrawBatchSampler(sampler, 50)) == 3
    assert len(DrawBatchSampler(sampler, 50, drop_last=True)) == 2


@pytest.mark.parametrize('cls', [WeightedClassSampler, ClassAwareSampler])
def test_an_epoch_of_inaturalist_takes_no_second(cls):
    counts = np.full(8142, 53) + (np.arange(8142) < 437513 - 53 * 8142)
    counts[:4000] += 40
    counts[-4000:] -= 40
    sampler = make(cls, counts, **dict(power=0.5) if cls is WeightedClassSampler else {})
    start = time.process_time()
    assert len(sampler.stream(0)) == 437513
    assert time.process_time() - start < 1


@pytest.mark.parametrize(('counts', 'kwargs', 'sentence'), [
    ([], dict(), 'The training dataset is empty'),
    ([3, 2], dict(num_samples=0), 'num_samples must be positive, got 0'),
])
def test_mistakes_are_told(counts, kwargs, sentence):
    with pytest.raises(ValueError, match=sentence):
        make(ClassAwareSampler, counts, **kwargs)


def test_a_sliced_dataset_is_refused():
    loader = dict(dataset=dict(type='ltplug.Digits', size=8), num_batch_per_epoch=2, batch_size=8,
                  sampler=dict(type='ltplug.ClassAwareSampler'))
    with pytest.raises(ValueError, match='num_batch_per_epoch keeps the first samples'):
        Runner.build_dataloader(loader, seed=0)
