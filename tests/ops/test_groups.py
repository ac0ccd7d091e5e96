import numpy as np
import pytest

from ltplug.ops import long_tail_counts, shot_groups, tertile_groups


def as_vector(groups, names):
    vector = np.full(sum(map(len, groups.values())), -1)
    for number, name in enumerate(names):
        vector[groups[name]] = number
    return vector


@pytest.mark.parametrize('boundary', ['strict', 'inclusive'])
def test_shot_groups_equal_the_reference(golden, boundary):
    shots = golden('rebal_shots')
    groups = shot_groups(shots['in_train_counts'], boundary)
    np.testing.assert_array_equal(
        as_vector(groups, ['many', 'medium', 'few']), shots[f'bf_{boundary}_group'])


def group_sizes(counts):
    return [[len(labels) for labels in shot_groups(counts, boundary).values()]
            for boundary in ('strict', 'inclusive')]


@pytest.mark.parametrize('name', ['imagenet_lt', 'places_lt'])
def test_group_sizes_of_the_public_lists(golden, name):
    counts = golden('rebal_counts')
    np.testing.assert_array_equal(group_sizes(counts[f'{name}_train_counts']),
                                  counts[f'bf_{name}_shots'])


@pytest.mark.parametrize('ratio', [10, 50, 100, 200])
def test_group_sizes_of_cifar100_lt(golden, ratio):
    expected = golden('rebal_counts')[f'bf_cifar100_exp_rho{ratio}_shots']
    np.testing.assert_array_equal(group_sizes(long_tail_counts(500, 100, ratio)), expected)


@pytest.mark.parametrize('case', ['c10', 'c100', 'tiny', 'ties', 'n11'])
def test_tertile_groups_equal_the_reference(golden, case):
    groups = golden('fassl_groups')
    found = as_vector(tertile_groups(groups[f'{case}_counts']), ['rare', 'medium', 'frequent'])
    np.testing.assert_array_equal(found, groups[f'{case}_group'])


def test_unknown_boundary():
    with pytest.raises(ValueError, match="got 'open'"):
        shot_groups([1, 2], 'open')
