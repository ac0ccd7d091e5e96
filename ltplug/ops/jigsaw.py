"""Tiles of images, and the orders in which they are shown."""

import math
from itertools import permutations

import numpy as np
import torch


def distant_permutations(num_tiles: int, num_permutations: int, seed: int = 0) -> np.ndarray:
    """Choose permutations that differ in as many places as possible.

    The greedy choice of Noroozi and Favaro, "Unsupervised Learning of Visual Representations by
    Solving Jigsaw Puzzles", 2016, algorithm 1: after a random one, always the permutation with the
    largest mean Hamming distance to those chosen already; of equals, a random one.

    Args:
        num_tiles (int): Number of tiles T, from 2 to 9.
        num_permutations (int): Number of permutations P, from 2 to T!.
        seed (int): Of the random choices. Defaults to 0.

    Returns:
        np.ndarray: Different permutations of 0 to T - 1, int64[P, T].

    Raises:
        ValueError: If there are not so many permutations, or too many to compare.
    """
    if not 2 <= num_tiles <= 9:
        raise ValueError(f'Permutations are chosen of 2 to 9 tiles, got {num_tiles}: use a grid of '
                         '2 or 3.')
    total = math.factorial(num_tiles)
    if not 2 <= num_permutations <= total:
        raise ValueError(f'{num_tiles} tiles have {total} permutations, and at least 2 are told '
                         f'apart; got num_permutations={num_permutations}.')
    rng = np.random.default_rng(seed)
    # in random order, the first of equals is a random one
    candidates = rng.permutation(np.array(list(permutations(range(num_tiles))), dtype=np.int8))
    distances = np.zeros(total, dtype=np.int64)
    chosen = [0]
    while len(chosen) < num_permutations:
        distances += (candidates != candidates[chosen[-1]]).sum(axis=1)
        distances[chosen[-1]] = -total * num_tiles  # never again
        chosen.append(int(distances.argmax()))
    return candidates[chosen].astype(np.int64)


def cut_tiles(images: torch.Tensor, offsets: torch.Tensor, tile_size: int) -> torch.Tensor:
    """Cut the cells of a grid out of images, a tile at a place of its own in each cell.

    Tiles that do not fill their cells leave gaps, so that edges do not tell which tiles are
    neighbours. What a grid of equal cells leaves over at the right and the bottom is not used.

    Args:
        images (Tensor): [N, C, H, W].
        offsets (Tensor): Distance of each tile from the upper left corner of its cell in pixels,
            rows first, int64[N, G, G, 2], for a grid of G x G cells.
        tile_size (int): Height and width t of the tiles.

    Returns:
        Tensor: Tiles row by row, [N, G * G, C, t, t].

    Raises:
        ValueError: If a tile does not fit into its cell; at offsets on a GPU that is not checked.
    """
    grid = offsets.shape[1]
    cells = [length // grid for length in images.shape[2:]]
    # offsets on a GPU are not looked at, as that would wait for it
    if tile_size < 1 or min(cells) < tile_size or (offsets.device.type == 'cpu' and (
            (offsets < 0) | (offsets > torch.tensor(cells) - tile_size)).any()):
        raise ValueError(f'Tiles of {tile_size} pixels do not fit into cells of {cells[0]} x '
                         f'{cells[1]} pixels at these offsets: use smaller tiles or larger images.')
    within = torch.arange(tile_size, device=images.device)
    starts = torch.arange(grid, device=images.device)
    rows = offsets[..., 0] + starts[:, None] * cells[0]  # [N, G, G]
    columns = offsets[..., 1] + starts * cells[1]
    rows = (rows[..., None] + within).flatten(1, 2)[..., :, None]  # [N, G * G, t, 1]
    columns = (columns[..., None] + within).flatten(1, 2)[..., None, :]
    index = torch.arange(len(images), device=images.device).view(-1, 1, 1, 1)
    return images.movedim(1, -1)[index, rows, columns].movedim(-1, 2)


def normalize_tiles(tiles: torch.Tensor) -> torch.Tensor:
    """Give every tile mean 0 and standard deviation 1, so that brightness betrays no place.

    Args:
        tiles (Tensor): [..., C, t, t].

    Returns:
        Tensor: Of the same shape; a tile of one colour becomes 0.
    """
    flat = tiles.flatten(-3)
    centred = flat - flat.mean(dim=-1, keepdim=True)
    spread = centred.square().mean(dim=-1, keepdim=True).sqrt()
    return (centred / spread.clamp(min=1e-5)).unflatten(-1, tiles.shape[-3:])
