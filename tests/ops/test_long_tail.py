import re

import numpy as np
import pytest

from ltplug.ops import long_tail_counts, shot_groups, unlabeled_counts

NAME = re.compile(r'(cifar10|cifar100|svhn_rank)_(exp|step)_rho(\d+)')
MAX_COUNT = {'cifar10': (5000, 10), 'cifar100': (500, 100), 'svhn_rank': (1000, 10)}


def test_counts_equal_the_reference(golden):
    checked = 0
    for name, expected in golden('rebal_counts').items():
        match = NAME.fullmatch(name)
        if match is None:
            continue
        source, profile, ratio = match[1], match[2], int(match[3])
        counts = long_tail_counts(*MAX_COUNT[source], ratio, profile)
        assert counts.dtype == np.int64
        np.testing.assert_array_equal(counts, expected, err_msg=name)
        by_factor = long_tail_counts(*MAX_COUNT[source], None, profile, imbalance_factor=1 / ratio)
        np.testing.assert_array_equal(by_factor, expected, err_msg=name)
        checked += 1
    assert checked == 24


@pytest.mark.parametrize(('source', 'ratios_that_differ'), [
    ('cifar10', {50, 200}),
    ('cifar100', {10, 50, 100}),
])
def test_powers_of_a_rounded_base_would_differ(golden, source, ratios_that_differ):
    for ratio in (10, 50, 100, 200):
        others = golden('rebal_counts')[f'm2mvariant_{source}_exp_rho{ratio}']
        more = long_tail_counts(*MAX_COUNT[source], ratio) - others
        assert more[-1] == (ratio in ratios_that_differ) and not more[:-1].any()


def test_ratio_one_is_balanced_and_one_class_works():
    assert long_tail_counts(7, 3, 1).tolist() == [7, 7, 7]
    assert long_tail_counts(7, 1, 100).tolist() == [7]


def test_pareto_has_the_shape_of_imagenet_lt(golden):
    real = np.sort(golden('rebal_counts')['imagenet_lt_train_counts'])[::-1]
    counts = long_tail_counts(1280, 1000, 256, 'pareto')
    assert counts.dtype == np.int64 and (np.diff(counts) <= 0).all()
    assert counts[0] == real[0] and counts[-1] == real[-1]
    assert abs(counts.sum() / real.sum() - 1) < 0.1
    for labels in shot_groups(real).values():
        assert abs(counts[labels].sum() / real[labels].sum() - 1) < 0.16


@pytest.mark.parametrize(('max_count', 'ratio', 'alpha'),
                         [(500, 100, 6), (5000, 3.7, 1), (900, 9, 1e-4), (49, 49, 6)])
def test_pareto_meets_its_ends(max_count, ratio, alpha):
    counts = long_tail_counts(max_count, 10, ratio, 'pareto', alpha=alpha)
    assert counts[0] == max_count and counts[-1] == int(max_count / ratio)
    gentle = long_tail_counts(max_count, 10, ratio, 'pareto', alpha=alpha + 1)
    assert counts[1:-1].sum() < gentle[1:-1].sum()


def test_pareto_of_one_class_or_ratio_one_is_balanced():
    assert long_tail_counts(7, 1, 7, 'pareto').tolist() == [7]
    assert long_tail_counts(7, 3, 1, 'pareto').tolist() == [7, 7, 7]


@pytest.mark.parametrize(('kwargs', 'sentence'), [
    (dict(imbalance_ratio=0.5), 'must be at least 1, got 0.5'),
    (dict(imbalance_ratio=float('nan')), 'must be at least 1'),
    (dict(imbalance_factor=100), r'must lie in \(0, 1\], got 100'),
    (dict(imbalance_ratio=100, imbalance_factor=0.01), 'not both: got 100 and 0.01'),
    (dict(), 'Give either'),
    (dict(imbalance_ratio=1000), 'leaves 1 of 10 classes without images.*at most 500'),
    (dict(imbalance_ratio=10, profile='linear'), "one of exp, step, pareto, got 'linear'"),
    (dict(imbalance_ratio=10, profile='pareto', alpha=0), 'alpha.*must be above 0, got 0'),
    (dict(imbalance_ratio=1000, profile='pareto'), 'leaves .* without images'),
])
def test_mistakes_are_told(kwargs, sentence):
    with pytest.raises(ValueError, match=sentence):
        long_tail_counts(500, 10, **kwargs)


@pytest.mark.parametrize('profile', ['exp', 'step', 'pareto'])
def test_a_ratio_of_the_largest_class_leaves_one_image(profile):
    for largest in (49, 98, 103, 107):
        assert long_tail_counts(largest, 10, largest, profile)[-1] == 1


@pytest.mark.parametrize('source', ['cifar10', 'svhn'])
@pytest.mark.parametrize('ratio', [10, 50, 100])
def test_sizes_of_unlabelled_pools_equal_the_reference(golden, source, ratio):
    labeled = long_tail_counts({'cifar10': 5000, 'svhn': 1000}[source], 10, ratio).sum()
    pool_ratios = {'1': 1, 'half': ratio / 2, 'same': ratio, 'double': 2 * ratio}
    for name, pool_ratio in pool_ratios.items():
        counts = unlabeled_counts(5 * labeled, 10, pool_ratio)
        assert counts.dtype == np.int64
        np.testing.assert_array_equal(
            counts, golden('rebal_counts')[f'unlab5x_{source}_rho{ratio}_rhoU_{name}'])


def test_a_pool_with_steps_has_its_size_too():
    counts = unlabeled_counts(1000, 4, 10, 'step')
    assert counts.tolist() == [454, 454, 45, 45]
    with pytest.raises(ValueError, match='use a ratio of at most 25'):
        unlabeled_counts(100, 4, 200)
