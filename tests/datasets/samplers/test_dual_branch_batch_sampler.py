import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmengine.runner import Runner

from ltplug.datasets import DualBranchBatchSampler, WeightedClassSampler

from .labelled import Labelled, make

COUNTS = [100, 60, 36, 22, 13, 8, 5, 3, 2, 1]
ORIGIN = 'ltplug.datasets.samplers.dual_branch_batch_sampler.print_log'


def batches(counts=COUNTS, batch_size=64, rank=0, world_size=1, epoch=0, **kwargs):
    """Return the draws of the balanced and of the uniform half of every batch."""
    sampler = make(DualBranchBatchSampler, counts, rank, world_size, batch_size=batch_size,
                   **kwargs)
    sampler.sampler.set_epoch(epoch)
    result = list(sampler)
    assert len(result) == len(sampler)
    assert {len(batch) for batch in result} == {batch_size}
    return [[[draw for draw in batch if draw.branch == branch]
             for branch in ('balanced', 'uniform')] for batch in result]


def indices(draws):
    return np.array([draw.index for draw in draws])


def labels(draws, counts=COUNTS):
    return Labelled(counts).labels[indices(draws)]


def test_ten_thousand_batches_follow_algorithm_1(golden):
    arrays = golden('rebal_samplers')
    expected = int(arrays['bf_cbs_S32_Z4_classes_per_batch'])
    drawn = [batch for epoch in range(1429) for batch in batches(epoch=epoch)][:10_000]
    assert len(drawn) == 10_000
    seen = {}
    for branch, halves in (('balanced', [half for half, _ in drawn]),
                           ('uniform', [half for _, half in drawn])):
        seen[branch] = np.array([np.bincount(labels(half), minlength=10) for half in halves])
        assert (seen[branch].sum(axis=1) == 32).all()
    assert set(np.unique(seen['balanced'])) == {0, 4}, 'Z images of a class or none'
    assert ((seen['balanced'] > 0).sum(axis=1) == expected).all()
    # the cycle over classes starts anew in each of 1429 epochs of 7 batches
    totals = seen['balanced'].sum(axis=0)
    np.testing.assert_allclose(totals / totals.sum(), arrays['bf_p_class'], atol=2e-3)
    totals = seen['uniform'].sum(axis=0)
    np.testing.assert_allclose(totals / totals.sum(), arrays['bf_p_instance'], atol=2e-3)


@settings(deadline=None, max_examples=80)
@given(counts=st.lists(st.integers(0, 30), min_size=6, max_size=15).filter(
           lambda counts: np.count_nonzero(counts) >= 6),
       classes=st.integers(1, 12), size=st.integers(1, 5), world_size=st.integers(1, 3),
       seed=st.integers(0, 100))
def test_halves_of_any_dataset(counts, classes, size, world_size, seed):
    ranks = [batches(counts, 2 * classes * size, rank, world_size, seed=seed,
                     num_samples_per_class=size) for rank in range(world_size)]
    present = np.count_nonzero(counts)
    half = classes * size * world_size
    assert {len(rank) for rank in ranks} == {max(sum(counts) // half, 1)}
    for shares in zip(*ranks, strict=True):
        balanced = [draw for share in shares for draw in share[0]]
        uses = np.bincount(labels(balanced, counts), minlength=len(counts))
        if classes * world_size <= present:
            assert set(uses[uses > 0]) == {size}
        else:
            assert set(uses[np.array(counts) == 0]) <= {0}
            assert np.ptp(uses[np.array(counts) > 0]) <= 1
        images = np.bincount(indices(balanced), minlength=sum(counts))
        for label, count in enumerate(counts):
            if count >= uses.max():
                assert images[Labelled(counts).labels == label].max(initial=0) <= 1


@pytest.mark.parametrize(('world_size', 'batch_size'), [(2, 32), (3, 24), (2, 120), (3, 56)])
def test_ranks_together_draw_what_one_process_draws(world_size, batch_size):
    ranks = [batches(COUNTS, batch_size, rank, world_size, epoch=2) for rank in range(world_size)]
    alone = batches(COUNTS, batch_size * world_size, epoch=2)
    for shares, batch in zip(zip(*ranks, strict=True), alone, strict=True):
        for half in (0, 1):
            together = [draw for share in shares for draw in share[half]]
            assert together == batch[half], 'seeds of the augmentation too'


def test_every_rank_of_a_batch_with_all_classes_is_balanced():
    for rank in range(2):
        for balanced, _ in batches(COUNTS, 120, rank, 2):
            assert np.bincount(labels(balanced)).tolist() == [6] * 10


def test_few_classes_are_said_once(monkeypatch):
    told = []
    monkeypatch.setattr(ORIGIN, lambda message, **_: told.append(message))
    for balanced, _ in batches(COUNTS, 160):
        assert np.bincount(labels(balanced)).tolist() == [8] * 10
    assert len(told) == 1 and '80 images' in told[0] and 'takes 8 of every class' in told[0]
    batches(COUNTS, 80)
    assert len(told) == 1, 'ten classes of four images fit'


def test_the_uniform_half_goes_through_the_data():
    drawn = np.concatenate([indices(uniform) for _, uniform in batches(epoch=3)])
    assert len(drawn) == len(set(drawn)) == 224, 'no image twice in an epoch'


def test_the_uniform_half_follows_a_sampler_of_ours():
    sampler = make(WeightedClassSampler, COUNTS, power=0)
    uniform = np.concatenate([labels([draw for draw in batch if draw.branch == 'uniform'])
                              for batch in DualBranchBatchSampler(sampler, 64)])
    assert np.count_nonzero(uniform == 0) < 0.2 * len(uniform)


def test_an_epoch_is_a_function_of_seed_and_epoch():
    epochs = {(s, e): str(batches(epoch=e, seed=s)) for s in range(4) for e in range(4)}
    assert len(set(epochs.values())) == 16
    assert str(batches(epoch=3, seed=2)) == epochs[2, 3]


def test_a_small_dataset_fills_one_batch():
    (batch,) = batches([2, 1, 1], batch_size=24)
    assert [len(half) for half in batch] == [12, 12]


def test_marks_reach_the_data_samples():
    loader = Runner.build_dataloader(dict(
        dataset=dict(type='ltplug.LongTailSubset', imbalance_ratio=10, dataset=dict(
            type='ltplug.Digits', size=8, pipeline=[dict(type='PackInputs')])),
        sampler=dict(type='DefaultSampler', shuffle=True), batch_size=64, num_workers=2,
        persistent_workers=False, collate_fn=dict(type='default_collate'),
        batch_sampler=dict(type='ltplug.DualBranchBatchSampler')), seed=0)
    drawn = next(iter(loader.batch_sampler))
    samples = next(iter(loader))['data_samples']
    assert [sample.branch for sample in samples] == [draw.branch for draw in drawn]
    assert [sample.dataset_index for sample in samples] == [draw.index for draw in drawn]


@pytest.mark.parametrize(('kwargs', 'sentence'), [
    (dict(batch_size=33), 'must be even and at least 2, got 33'),
    (dict(batch_size=0), 'must be even and at least 2, got 0'),
    (dict(batch_size=20), 'multiple of num_samples_per_class=4, got batch_size=20'),
    (dict(num_samples_per_class=0), 'num_samples_per_class must be positive, got 0'),
])
def test_mistakes_are_told(kwargs, sentence):
    with pytest.raises(ValueError, match=sentence):
        batches(**kwargs)


def test_a_dataset_that_carries_no_marks_is_refused():
    dataset = Labelled(COUNTS)
    dataset.accepts_draws = False
    with pytest.raises(ValueError, match='wrap the training dataset as dict'):
        batches(dataset)
