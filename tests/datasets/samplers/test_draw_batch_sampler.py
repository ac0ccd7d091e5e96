from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmengine.dataset import DefaultSampler, InfiniteSampler
from mmengine.runner import Runner
from mmpretrain.datasets import RepeatAugSampler
from mmpretrain.registry import DATA_SAMPLERS

from ltplug.datasets import Digits, DrawBatchSampler, DrawDataset

MODULE = 'ltplug.datasets.samplers.draw_batch_sampler.get_dist_info'


class Sized(DrawDataset):

    def __init__(self, length):
        self.length = length

    def __len__(self):
        return self.length


def batches(length, batch_size, rank=0, world_size=1, epoch=0, seed=0, **kwargs):
    with patch(MODULE, return_value=(rank, world_size)):
        sampler = DrawBatchSampler(dataset=Sized(length), batch_size=batch_size, seed=seed,
                                   **kwargs)
    sampler.sampler.set_epoch(epoch)
    result = list(sampler)
    assert len(result) == len(sampler)
    return result


@settings(deadline=None, max_examples=60)
@given(length=st.integers(1, 300), batch_size=st.integers(1, 40), world_size=st.integers(1, 5))
def test_ranks_share_one_epoch(length, batch_size, world_size):
    ranks = [batches(length, batch_size, rank, world_size) for rank in range(world_size)]
    assert len({len(rank) for rank in ranks}) == 1, 'every rank has the same number of batches'
    assert all(batch for rank in ranks for batch in rank), 'no batch is empty'
    together = [draw for batch in zip(*ranks, strict=True) for share in batch for draw in share]
    alone = [draw for batch in batches(length, batch_size * world_size) for draw in batch]
    repeated = len(together) - len(alone)
    assert together[:len(alone)] == alone, 'ranks together draw what one process draws'
    assert repeated < world_size
    sizes = [len(share) for share in (rank[-1] for rank in ranks)]
    assert max(sizes) - min(sizes) <= 1


@settings(deadline=None, max_examples=30)
@given(length=st.integers(1, 200), epoch=st.integers(0, 500), seed=st.integers(0, 2**31))
def test_an_epoch_is_a_permutation(length, epoch, seed):
    drawn = [d.index for batch in batches(length, 7, epoch=epoch, seed=seed) for d in batch]
    assert sorted(drawn) == list(range(length))


def test_neighbouring_seeds_and_epochs_share_nothing():
    orders, seeds = set(), set()
    for seed in range(4):
        for epoch in range(4):
            draws = [d for batch in batches(100, 10, epoch=epoch, seed=seed) for d in batch]
            orders.add(tuple(d.index for d in draws))
            seeds.update(d.seed for d in draws)
    assert len(orders) == 16 and len(seeds) == 1600


def test_an_epoch_can_be_drawn_again():
    assert batches(50, 8, epoch=3) == batches(50, 8, epoch=3)


def test_over_a_bare_dataset_it_yields_indices():
    sampler = DrawBatchSampler(DefaultSampler(Digits(size=8), seed=0), batch_size=16)
    batch = next(iter(sampler))
    assert not sampler.marks and all(type(index) is int for index in batch)


def test_order_is_not_the_file_order():
    drawn = np.array([d.index for batch in batches(1000, 1000) for d in batch])
    assert abs(np.corrcoef(drawn, np.arange(1000))[0, 1]) < 0.15


def test_drop_last():
    assert [len(batch) for batch in batches(10, 4, drop_last=True)] == [4, 4]
    with pytest.raises(ValueError, match='drop_last leaves no batch: 3 samples'):
        batches(3, 4, drop_last=True)


class Marking(DrawBatchSampler):
    needs_marks = True


def test_marks_over_a_dataset_that_cannot_carry_them():
    with pytest.raises(ValueError, match='Marking marks .* Digits .* wrap the training dataset'):
        Marking(dataset=Digits(size=8), batch_size=4)
    Marking(dataset=DrawDataset(Digits(size=8)), batch_size=4)


def test_a_sampler_without_an_epoch_is_refused():
    with pytest.raises(ValueError, match='InfiniteSampler has no seed and epoch'):
        DrawBatchSampler(InfiniteSampler(Sized(5), seed=0), 2)


class Backwards(DefaultSampler):

    def __iter__(self):
        return iter(range(len(self.dataset) - 1, -1, -1))


class Renamed(DefaultSampler):
    pass


@pytest.mark.parametrize('sampler', [Backwards, RepeatAugSampler])
def test_a_sampler_whose_order_would_be_ignored_is_refused(sampler):
    with pytest.raises(ValueError, match=f'ignore the order of {sampler.__name__}: set '
                                         'train_dataloader.batch_sampler=None'):
        DrawBatchSampler(sampler(Digits(size=8), seed=0), 16)


def test_the_cure_draws_by_the_foreign_sampler():
    DATA_SAMPLERS.register_module(name='ltplug_test_Backwards', module=Backwards, force=True)
    loader = dict(dataset=dict(type='ltplug.Digits', size=8), batch_size=8, batch_sampler=None,
                  sampler=dict(type='ltplug_test_Backwards'))
    loader = Runner.build_dataloader(loader, seed=0)
    assert next(iter(loader.batch_sampler)) == list(range(len(loader.dataset) - 1, -1, -1))[:8]
    DATA_SAMPLERS.module_dict.pop('ltplug_test_Backwards')


@pytest.mark.parametrize('sampler', [DefaultSampler, Renamed])
def test_a_sampler_that_does_not_shuffle_is_obeyed(sampler):
    with patch(MODULE, return_value=(1, 2)):
        batches = list(DrawBatchSampler(sampler(Sized(9), shuffle=False, seed=3), 2))
    assert [[draw.index for draw in batch] for batch in batches] == [[2, 3], [6, 7], [0]]


@pytest.mark.parametrize(('kwargs', 'sentence'), [
    (dict(batch_size=4), 'a sampler or a dataset'),
    (dict(dataset=[1], sampler=[1]), 'a sampler or a dataset'),
    (dict(dataset=[1], batch_size=0), 'batch_size must be positive, got 0'),
    (dict(dataset=[], batch_size=1), 'empty'),
])
def test_mistakes_are_told(kwargs, sentence):
    with pytest.raises(ValueError, match=sentence):
        DrawBatchSampler(**kwargs)


def test_a_sliced_dataset_is_refused():
    loader = dict(dataset=dict(type='ltplug.Digits', size=8), num_batch_per_epoch=2, batch_size=8,
                  sampler=dict(type='DefaultSampler', shuffle=True),
                  batch_sampler=dict(type='ltplug.DrawBatchSampler'))
    with pytest.raises(ValueError, match='num_batch_per_epoch keeps the first samples'):
        Runner.build_dataloader(loader, seed=0)
