import itertools

import numpy as np
import pytest
import torch

from ltplug.ops import assign_targets, target_uniformity, uniform_targets


@pytest.mark.parametrize('name', ['simplex_4_3', 'simplex_10_128', 'simplex_100_128'])
def test_few_targets_are_a_simplex(golden, name):
    arrays = {key.split('/')[1]: value for key, value in golden('sbcl_tsc').items()
              if key.startswith(f'{name}/')}
    size = int(arrays['num_classes'])
    targets = uniform_targets(size, int(arrays['dim']))
    assert targets.dtype == torch.float32
    expected = torch.full((size, size), float(arrays['cosine'])).fill_diagonal_(1)
    torch.testing.assert_close(targets @ targets.T, expected, rtol=0, atol=1e-5)
    found = target_uniformity(targets.double(), float(arrays['temperature']))
    assert abs(found - arrays['uniformity']) < 1e-3
    assert not uniform_targets(size, int(arrays['dim']), seed=1).allclose(targets, atol=1e-3)
    assert uniform_targets(size, int(arrays['dim'])).equal(targets)


def test_many_targets_are_spread_by_optimisation():
    start, targets = (uniform_targets(8, 3, num_steps=steps) for steps in (0, 2000))
    torch.testing.assert_close(targets.norm(dim=1), torch.ones(8))
    assert target_uniformity(targets) < target_uniformity(start)
    closest = (targets @ targets.T).fill_diagonal_(-1).max()
    # of eight points the square antiprism has the widest smallest angle, 74.86 degrees
    assert 0.26 <= closest < 0.5 < (start @ start.T).fill_diagonal_(-1).max()
    assert uniform_targets(1, 3).norm() == pytest.approx(1)
    with pytest.raises(ValueError, match='dim at least 2, got 0 and 3'):
        uniform_targets(0, 3)


def test_the_assignment_equals_the_reference_and_brute_force(golden):
    arrays = golden('sbcl_tsc')
    centroids, targets = arrays['assign/centroids'], arrays['assign/targets']
    found = assign_targets(centroids, torch.from_numpy(targets))
    np.testing.assert_array_equal(found, arrays['assign/target_of_class'])
    similarity = centroids @ targets.T
    total = similarity[np.arange(6), found].sum()
    assert total == pytest.approx(arrays['assign/total_similarity'], rel=1e-6)
    assert total == pytest.approx(max(
        similarity[np.arange(6), list(order)].sum() for order in itertools.permutations(range(6))))
