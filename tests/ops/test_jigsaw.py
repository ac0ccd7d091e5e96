from itertools import permutations

import numpy as np
import pytest
import torch

from ltplug.ops import cut_tiles, distant_permutations, normalize_tiles


def mean_distance(chosen):
    distances = (chosen[:, None] != chosen).sum(axis=2)
    return distances.sum() / (len(chosen) * (len(chosen) - 1))


def test_permutations_are_different_and_far_apart():
    chosen = distant_permutations(9, 30)
    assert chosen.dtype == np.int64 and (np.sort(chosen, axis=1) == np.arange(9)).all()
    assert len(np.unique(chosen, axis=0)) == 30
    rng = np.random.default_rng(0)
    drawn = np.stack([rng.permutation(9) for _ in range(30)])
    assert mean_distance(chosen) > 8.2 > mean_distance(drawn)
    np.testing.assert_array_equal(chosen[:9], distant_permutations(9, 9))
    assert (chosen != distant_permutations(9, 30, seed=1)).any()


def test_every_one_is_the_farthest_from_those_before():
    chosen = distant_permutations(4, 24)
    everything = np.array(list(permutations(range(4))))
    for number in range(1, 24):
        distances = (everything[:, None] != chosen[:number]).sum(axis=(1, 2))
        is_left = (everything[:, None] != chosen[:number]).any(axis=2).all(axis=1)
        assert (chosen[number] != chosen[:number]).sum() == distances[is_left].max()


@pytest.mark.parametrize('offset', [0, 1])
def test_tiles_are_cut_row_by_row(offset):
    images = torch.arange(2 * 3 * 7 * 10.).view(2, 3, 7, 10)
    tiles = cut_tiles(images, torch.full((2, 3, 3, 2), offset), 2 - offset)
    assert tiles.shape == (2, 9, 3, 2 - offset, 2 - offset)
    for place in range(9):
        top, left = 2 * (place // 3) + offset, 3 * (place % 3) + offset
        expected = images[:, :, top:top + 2 - offset, left:left + 2 - offset]
        assert tiles[:, place].equal(expected)


def test_every_tile_has_its_own_offset():
    images = torch.arange(16.).view(1, 1, 4, 4)
    offsets = torch.tensor([[[[0, 1], [1, 0]], [[1, 1], [0, 0]]]])
    assert cut_tiles(images, offsets, 1).flatten().tolist() == [1, 6, 13, 10]


def test_cells_smaller_than_the_tiles_are_refused_where_offsets_are_not_looked_at():
    with pytest.raises(ValueError, match='do not fit into cells of 2 x 3 pixels'):
        cut_tiles(torch.zeros(1, 1, 4, 6), torch.zeros(1, 2, 2, 2, device='meta'), 3)


@pytest.mark.parametrize(('offset', 'size'), [(0, 3), (1, 2), (-1, 2), (0, 0)])
def test_tiles_outside_their_cells_are_refused(offset, size):
    with pytest.raises(ValueError, match='do not fit into cells of 2 x 3 pixels'):
        cut_tiles(torch.zeros(1, 1, 4, 6), torch.full((1, 2, 2, 2), offset), size)


def test_brightness_and_contrast_of_a_tile_are_lost():
    tiles = torch.randn(2, 4, 3, 5, 5, generator=torch.Generator().manual_seed(0))
    normalized = normalize_tiles(tiles)
    torch.testing.assert_close(normalized.flatten(2).mean(dim=2), torch.zeros(2, 4), atol=1e-6,
                               rtol=0)
    torch.testing.assert_close(normalized.flatten(2).std(dim=2, correction=0), torch.ones(2, 4))
    torch.testing.assert_close(normalize_tiles(3 * tiles + 7), normalized, atol=1e-5, rtol=1e-5)
    assert not normalize_tiles(torch.full((1, 1, 3, 2, 2), 9.)).any()


@pytest.mark.parametrize(('tiles', 'number', 'sentence'), [
    (16, 10, 'grid of 2 or 3'), (4, 25, '4 tiles have 24 permutations'), (4, 1, 'at least 2'),
])
def test_mistakes_are_told(tiles, number, sentence):
    with pytest.raises(ValueError, match=sentence):
        distant_permutations(tiles, number)
