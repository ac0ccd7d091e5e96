import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ltplug.ops import (
    balanced_clusters,
    capacity_assignment,
    changed_share,
    cluster_classes,
)
from ltplug.ops.balanced_clustering import _refine
from ltplug.utils import hash_seed

CASES = settings(deadline=None, max_examples=150)


def unit(rows, seed=0, dim=6):
    features = np.random.default_rng(seed).standard_normal((rows, dim)).astype(np.float32)
    return features / np.linalg.norm(features, axis=1, keepdims=True)


def literal_greedy(similarity, capacity):
    """Algorithm 1's inner loop as it is written; ties by sample, then centre."""
    samples, centres = list(range(len(similarity))), list(range(similarity.shape[1]))
    assignment, sizes = np.full(len(similarity), -1), np.zeros(similarity.shape[1], dtype=int)
    while samples:
        best = max((similarity[i, j], -i, -j) for i in samples for j in centres)
        sample, centre = -best[1], -best[2]
        assignment[sample] = centre
        sizes[centre] += 1
        samples.remove(sample)
        if sizes[centre] >= capacity:
            centres.remove(centre)
    return assignment


def as_sets(ids):
    return {tuple(np.flatnonzero(ids == cluster)) for cluster in np.unique(ids)}


def cases(golden, *prefixes):
    arrays = golden('sbcl_clustering')
    names = dict.fromkeys(key.split('/')[0] for key in arrays)
    for name in names:
        if name.startswith(prefixes):
            yield name, {key.split('/')[1]: value for key, value in arrays.items()
                         if key.startswith(f'{name}/')}


def test_assignments_equal_the_reference(golden):
    for name, arrays in cases(golden, 'assign_'):
        found = capacity_assignment(arrays['similarity'], int(arrays['capacity']))
        np.testing.assert_array_equal(found, arrays['assignment'], err_msg=name)


def test_passes_equal_the_reference(golden):
    ((_, arrays),) = cases(golden, 'passes')
    features = arrays['features']
    for num_iters, expected in enumerate(arrays['assignments']):
        found = _refine(features, features[arrays['init_index']], int(arrays['max_size']),
                        num_iters)
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize('init', ['kmeans++', 'farthest'])
def test_properties_of_the_reference_cases(golden, init):
    for name, arrays in cases(golden, 'prop_'):
        features, max_size = arrays['features'], int(arrays['max_size'])
        ids = balanced_clusters(features, max_size, seed=3, init=init)
        assert ids.dtype == np.int64 and ids.shape == (len(features), ), name
        assert ids.min() >= 0 and ids.max() < arrays['num_clusters'], name
        assert np.bincount(ids).max() <= max_size, name
        np.testing.assert_array_equal(ids, balanced_clusters(features, max_size, seed=3, init=init))
        if 'ref_sbcl_balanced_sizes' in arrays:
            ids = balanced_clusters(features, max_size, num_clusters='floor')
            sizes = np.bincount(ids)
            assert len(sizes) == len(arrays['ref_sbcl_balanced_sizes'])
            assert sizes.max() == arrays['ref_sbcl_balanced_sizes'].max()


@pytest.mark.parametrize('init', ['kmeans++', 'farthest'])
def test_separate_blobs_are_found(golden, init):
    for name, arrays in cases(golden, 'blobs'):
        for seed in range(20):
            ids = balanced_clusters(arrays['features'], int(arrays['max_size']), seed=seed,
                                    init=init)
            assert as_sets(ids) == as_sets(arrays['partition']), name


def test_number_of_clusters_of_cifar_equals_the_reference(golden):
    for _, arrays in cases(golden, 'cifar100_ir10'):
        counts, delta = arrays['class_counts'], int(arrays['delta'])
        max_size = max(counts.min(), delta)
        assert max_size == arrays['max_size']
        features = unit(counts.max())
        for place in (0, 20, 50, 99):
            own = features[:counts[place]]
            ids = balanced_clusters(own, max_size, num_iters=1, equalize=True)
            assert len(np.unique(ids)) == arrays['num_clusters'][place]
            ids = balanced_clusters(own, max_size, num_iters=1, num_clusters='floor')
            assert len(np.unique(ids)) == arrays['code_num_clusters'][place]


@CASES
@given(number=st.integers(1, 14), count=st.integers(1, 5), slack=st.integers(0, 3),
       levels=st.integers(2, 40), seed=st.integers(0, 10**6))
def test_assignment_equals_the_literal_algorithm(number, count, slack, levels, seed):
    capacity = -(-number // count) + slack
    rng = np.random.default_rng(seed)
    similarity = rng.integers(-levels, levels, size=(number, count)).astype(np.float32) / levels
    np.testing.assert_array_equal(capacity_assignment(similarity, capacity),
                                  literal_greedy(similarity, capacity))


def test_large_assignment_equals_the_literal_algorithm():
    similarity = unit(150) @ unit(30, seed=1).T  # beyond the first choices that are converted
    np.testing.assert_array_equal(capacity_assignment(similarity, 5),
                                  literal_greedy(similarity, 5))


def test_zeros_of_both_signs_are_equal():
    similarity = np.array([[-0.0, 0.0], [0.0, -0.0]], dtype=np.float32)
    np.testing.assert_array_equal(capacity_assignment(similarity, 1), [0, 1])


@CASES
@given(number=st.integers(0, 60), max_size=st.integers(1, 25), seed=st.integers(0, 1000),
       distinct=st.integers(1, 60), init=st.sampled_from(['kmeans++', 'farthest']),
       num_clusters=st.sampled_from(['ceil', 'floor']), equalize=st.booleans())
def test_clusters_are_complete_and_bounded(number, max_size, seed, distinct, init, num_clusters,
                                           equalize):
    features = unit(distinct, seed)[np.arange(number) % distinct]
    ids = balanced_clusters(features, max_size, 5, seed, init, num_clusters, equalize)
    count = max(-(-number // max_size) if num_clusters == 'ceil' else number // max_size, 1)
    even = -(-number // count)
    cap = even if equalize or num_clusters == 'floor' else max_size
    assert len(ids) == number
    assert np.bincount(ids, minlength=1).max() <= cap and (ids < count).all() and (ids >= 0).all()


@CASES
@given(number=st.integers(2, 40), max_size=st.integers(1, 12), seed=st.integers(0, 1000),
       passes=st.integers(0, 4))
def test_the_order_of_samples_does_not_matter(number, max_size, seed, passes):
    features, rng = unit(number, seed), np.random.default_rng(seed)
    centres = features[rng.permutation(number)[:-(-number // max_size)]]
    order = rng.permutation(number)
    ids = _refine(features, centres, max_size, passes)
    np.testing.assert_array_equal(_refine(features[order], centres, max_size, passes), ids[order])


def test_the_seed_decides_and_the_length_of_vectors_does_not():
    features = unit(60)
    ids = balanced_clusters(features, 7, seed=4)
    np.testing.assert_array_equal(
        balanced_clusters(features * np.linspace(0.5, 3, 60)[:, None], 7, seed=4), ids)
    assert any((balanced_clusters(features, 7, seed=seed) != ids).any() for seed in range(5, 8))
    tensor = torch.from_numpy(features)
    assert balanced_clusters(tensor, 7, seed=4).equal(torch.from_numpy(ids))
    draws = [balanced_clusters(tensor, 7, generator=torch.Generator().manual_seed(seed))
             for seed in (0, 0, 1)]
    assert draws[0].equal(draws[1]) and not draws[0].equal(draws[2])


def test_opposite_members_leave_a_centre_that_is_finite():
    features = np.array([[1, 0], [-1, 0], [0, 1], [0, -1.]])
    ids = balanced_clusters(features, 2, num_iters=10)
    assert np.bincount(ids).max() <= 2


def test_more_passes_end_at_a_fixed_point():
    features = unit(200)
    ids = balanced_clusters(features, 10, num_iters=100)
    np.testing.assert_array_equal(balanced_clusters(features, 10, num_iters=1000), ids)
    means = np.stack([features[ids == cluster].mean(axis=0) for cluster in range(20)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    np.testing.assert_array_equal(capacity_assignment(features @ means.T, 10), ids)


def test_classes_are_clustered_apart_in_any_order():
    features, labels = unit(90), np.random.default_rng(0).permutation(np.repeat([0, 3, 7], 30))
    ids = cluster_classes(features, labels, 8, seed=5)
    for label in (0, 3, 7):
        own = labels == label
        np.testing.assert_array_equal(
            ids[own], balanced_clusters(features[own], 8, seed=hash_seed(5, label)))


def test_the_changed_share_does_not_depend_on_numbers():
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    before = np.array([0, 0, 1, 1, 0, 0, 0, 1])
    assert changed_share(before, 1 - before, labels) == 0
    assert changed_share(before, np.array([0, 0, 0, 1, 0, 0, 0, 0]), labels) == 2 / 8


@pytest.mark.parametrize(('kwargs', 'message'), [
    (dict(max_size=0), 'max_size must be at least 1, got 0'),
    (dict(max_size=3, num_iters=-1), 'num_iters must be at least 0'),
    (dict(max_size=3, init='random'), "init must be one of kmeans.., farthest, got 'random'"),
    (dict(max_size=3, num_clusters='round'), 'num_clusters must be one of ceil, floor'),
])
def test_mistakes_are_told(kwargs, message):
    with pytest.raises(ValueError, match=message):
        balanced_clusters(unit(9), **kwargs)
    with pytest.raises(ValueError, match=r'features must be \[n, D\], got \(9,\)'):
        balanced_clusters(np.ones(9), 3)
    with pytest.raises(ValueError, match='features must be finite'):
        balanced_clusters(unit(9) * np.nan, 3)
    with pytest.raises(ValueError, match='2 centres of at most 4 samples cannot take 9'):
        capacity_assignment(np.ones((9, 2)), 4)
