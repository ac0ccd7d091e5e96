import numpy as np
import pytest

from ltplug.datasets import (
    Digits,
    ImageArrayDataset,
    LongTailSubset,
    Remainder,
    UnlabeledPool,
    class_counts,
    gt_labels,
)
from ltplug.ops import unlabeled_counts

PLAIN = [dict(type='PackInputs')]


@pytest.fixture
def other(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (300, 16, 16, 3), dtype=np.uint8)
    np.savez(tmp_path / 'other.npz', data=images)
    return ImageArrayDataset(str(tmp_path / 'other.npz'), label_key=None, pipeline=PLAIN)


@pytest.mark.parametrize(('ratio', 'profile'), [(1, 'exp'), (20, 'exp'), (10, 'step')])
def test_counts_are_those_of_the_paper(ratio, profile):
    order = [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]
    pool = UnlabeledPool(Digits(pipeline=PLAIN), 400, ratio, profile, order)
    expected = unlabeled_counts(400, 10, ratio, profile)
    assert class_counts(pool)[order].tolist() == expected.tolist()
    assert len(set(pool.indices.tolist())) == len(pool)


def test_the_choice_depends_on_its_seed_only():
    first, again, other = (UnlabeledPool(Digits(), 200, 5, seed=seed).indices for seed in (0, 0, 1))
    assert (first == again).all() and (first != other).any()


@pytest.mark.parametrize('relevance', [0.0, 0.3, 1.0])
def test_a_share_of_the_pool_is_irrelevant(other, relevance):
    pool = UnlabeledPool(Digits(pipeline=PLAIN), 200, 4, irrelevant=other, relevance=relevance)
    labels = gt_labels(pool)
    relevant = unlabeled_counts(round(200 * relevance), 10, 4).tolist() if relevance else [0] * 10
    assert np.bincount(labels[labels >= 0], minlength=10).tolist() == relevant
    assert (labels == -1).sum() == 200 - round(200 * relevance)
    assert len(set(pool.indices.tolist())) == len(pool)
    last = pool[len(pool) - 1]['inputs'].numpy().transpose(1, 2, 0)
    others = [other.get_data_info(i)['img'] for i in range(len(other))]
    assert any((last == image).all() for image in others) == (relevance < 1)


@pytest.mark.parametrize(('kwargs', 'sentence'), [
    (dict(size=0), 'size must be positive'),
    (dict(size=10, relevance=0.5), 'asks for irrelevant images, but none are given'),
    (dict(size=10, relevance=60), r'relevance must lie in \[0, 1\]'),
    (dict(size=2000), r'asks for 200 images \(class 0\), but its source has 138'),
    (dict(size=100, class_order=[0, 1]), 'must name each of the 10 labels once'),
])
def test_impossible_pools_are_told(kwargs, sentence):
    with pytest.raises(ValueError, match=sentence):
        UnlabeledPool(Digits(), **kwargs)


def test_too_few_irrelevant_images_are_told(other):
    with pytest.raises(ValueError, match=r'asks for 400 images \(irrelevant\), but .* has 300'):
        UnlabeledPool(Digits(), 800, irrelevant=other, relevance=0.5)


def test_a_long_tail_of_steps_leaves_room_for_a_pool_of_steps():
    labeled = LongTailSubset(Digits(), 10, profile='step', max_count=20)
    pool = UnlabeledPool(Remainder(labeled), 5 * len(labeled), 10, 'step')
    counts = class_counts(pool)
    assert counts.tolist() == [100] * 5 + [9] * 5 and len(labeled) == 110
