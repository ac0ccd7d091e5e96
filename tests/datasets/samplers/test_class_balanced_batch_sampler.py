from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmengine.dataset import DefaultSampler
from mmengine.runner import Runner

from ltplug.datasets import ClassAwareSampler, ClassBalancedBatchSampler

from .labelled import Labelled, make

COUNTS = [100, 60, 36, 22, 13, 8, 5, 3, 2, 1]


def batches(counts=COUNTS, batch_size=32, rank=0, world_size=1, epoch=0, **kwargs):
    sampler = make(ClassBalancedBatchSampler, counts, rank, world_size, batch_size=batch_size,
                   **kwargs)
    sampler.sampler.set_epoch(epoch)
    result = list(sampler)
    assert len(result) == len(sampler)
    return [np.array([draw.index for draw in batch]) for batch in result]


def classes_of(batch, counts=COUNTS, size=4):
    """The class of each block of a batch; blocks must be whole."""
    blocks = Labelled(counts).labels[batch].reshape(-1, size)
    assert (blocks == blocks[:, :1]).all(), 'a block is of one class'
    return blocks[:, 0].tolist()


def test_a_batch_has_different_classes(golden):
    expected = int(golden('rebal_samplers')['bf_cbs_S32_Z4_classes_per_batch'])
    for epoch in range(20):
        for batch in batches(epoch=epoch):
            assert len(set(classes_of(batch))) == len(classes_of(batch)) == expected


@settings(deadline=None, max_examples=80)
@given(counts=st.lists(st.integers(0, 30), min_size=6, max_size=15).filter(
           lambda counts: np.count_nonzero(counts) >= 6),
       classes=st.integers(1, 6), size=st.integers(1, 5), world_size=st.integers(1, 3),
       seed=st.integers(0, 100))
def test_every_rank_has_different_classes_and_images(counts, classes, size, world_size, seed):
    for rank in range(world_size):
        drawn = batches(counts, classes * size, rank, world_size, seed=seed,
                        num_samples_per_class=size)
        assert len(drawn) == max(sum(counts) // (classes * size * world_size), 1)
        for batch in drawn:
            labels = classes_of(batch, counts, size)
            assert len(batch) == classes * size and len(set(labels)) == classes
            for label, images in zip(labels, batch.reshape(-1, size), strict=True):
                assert counts[label] < size or len(set(images)) == size


@pytest.mark.parametrize(('world_size', 'classes'), [(2, 4), (3, 3), (2, 5)])
def test_ranks_together_draw_what_one_process_draws(world_size, classes):
    ranks = [batches(COUNTS, 4 * classes, rank, world_size, epoch=2) for rank in range(world_size)]
    together = [np.concatenate(parts) for parts in zip(*ranks, strict=True)]
    np.testing.assert_array_equal(together, batches(COUNTS, 4 * classes * world_size, epoch=2))


def test_ranks_are_parts_of_one_stream_where_classes_are_few():
    ranks = [batches(COUNTS, 32, rank, 3, epoch=2) for rank in range(3)]
    stream = make(ClassBalancedBatchSampler, COUNTS, 0, 3, batch_size=32).stream(2)
    together = np.concatenate([np.concatenate(parts) for parts in zip(*ranks, strict=True)])
    np.testing.assert_array_equal(together, stream)
    assert all(len(set(classes_of(batch))) == 8 for rank in ranks for batch in rank)


def test_classes_are_drawn_equally_often():
    for epoch in range(10):
        uses = np.bincount(np.ravel([classes_of(batch) for batch in batches(epoch=epoch)]))
        assert uses.max() - uses.min() <= 1, 'the cycle goes on over batches'


def test_straddling_is_class_aware_sampling_cut_into_batches():
    repeats = 0
    for epoch in range(10):
        drawn = [classes_of(batch) for batch in batches(epoch=epoch, straddle=True)]
        repeats += sum(len(set(labels)) < len(labels) for labels in drawn)
        flat = list(chain(*drawn))
        for start in range(0, len(flat) - 9, 10):
            assert len(set(flat[start:start + 10])) == 10, 'cycles stay whole'
    assert repeats > 10, 'a class can occur twice in a batch'
    assert len(batches(batch_size=64, straddle=True)[0]) == 64, 'so can all classes'


def test_an_epoch_is_a_function_of_seed_and_epoch():
    epochs = {(s, e): np.concatenate(batches(epoch=e, seed=s)).tobytes()
              for s in range(4) for e in range(4)}
    assert len(set(epochs.values())) == 16
    assert np.concatenate(batches(epoch=3, seed=2)).tobytes() == epochs[2, 3]


def test_a_small_dataset_fills_one_batch():
    assert [len(batch) for batch in batches([2, 1, 1], batch_size=12)] == [12]


def test_classes_without_images_are_skipped():
    dataset = Labelled([5, 0, 3, 9], names=('a', 'b', 'c', 'd'))
    drawn = batches(dataset, batch_size=12)
    assert all(set(dataset.labels[batch]) == {0, 2, 3} for batch in drawn)


def test_from_a_config():
    loader = Runner.build_dataloader(dict(
        dataset=dict(type='ltplug.DrawDataset', dataset=dict(type='ltplug.Digits', size=8)),
        sampler=dict(type='DefaultSampler', shuffle=True), batch_size=32, num_workers=0,
        batch_sampler=dict(type='ltplug.ClassBalancedBatchSampler')), seed=0)
    first = next(iter(loader.batch_sampler))
    assert len(first) == 32 and {draw.branch for draw in first} == {None}


@pytest.mark.parametrize(('kwargs', 'sentence'), [
    (dict(batch_size=30), 'batch_size must be a multiple of num_samples_per_class=4, got 30'),
    (dict(batch_size=44), 'A batch of 44 with 4 images per class needs 11 classes, but 10 have'),
    (dict(num_samples_per_class=0), 'num_samples_per_class must be positive, got 0'),
])
def test_mistakes_are_told(kwargs, sentence):
    with pytest.raises(ValueError, match=sentence):
        batches(**kwargs)


def test_a_sampler_that_would_be_ignored():
    with pytest.raises(ValueError, match='would ignore the order of ClassAwareSampler'):
        ClassBalancedBatchSampler(make(ClassAwareSampler, COUNTS), batch_size=32)
    with pytest.raises(ValueError, match='would ignore the order of DefaultSampler'):
        ClassBalancedBatchSampler(DefaultSampler(Labelled(COUNTS), shuffle=False, seed=0), 8)
