"""How often classes are drawn, and in which cycles; pure functions of counts and a generator."""

import numpy as np


def power_probabilities(class_counts: np.ndarray, power: float) -> np.ndarray:
    r"""Return class probabilities :math:`p_c \propto n_c^q`.

    q = 1 draws images alike, 0.5 is square-root sampling, 0 draws classes alike (Kang et al.,
    "Decoupling Representation and Classifier for Long-Tailed Recognition", 2020, eq. 1).

    Args:
        class_counts (np.ndarray): Images per class n_c, all positive, [K].
        power (float): The exponent q.

    Returns:
        np.ndarray: The probabilities, float64[K].

    Raises:
        ValueError: If the power is not finite.
    """
    if not np.isfinite(power):
        raise ValueError(f'power must be a finite number, got {power}.')
    logits = power * np.log(class_counts)  # the power itself can overflow
    probabilities = np.exp(logits - logits.max())
    return probabilities / probabilities.sum()


def class_cycles(num_classes: int, length: int, rng: np.random.Generator,
                 window: int = 1) -> np.ndarray:
    """Return classes in shuffled cycles: each occurs once before any occurs again.

    Args:
        num_classes (int): Number of classes K.
        length (int): Number of entries n.
        rng (np.random.Generator): Source of the shuffles.
        window (int): w <= K. Each of the windows [0, w), [w, 2w), ... holds w different classes:
            where a cycle ends inside a window, the classes that the window has already are put
            back in the next cycle's order. Defaults to 1: cycles are independent.

    Returns:
        np.ndarray: Numbers of classes, int64[n].
    """
    rows = -(-length // num_classes)
    cycles = rng.permuted(np.tile(np.arange(num_classes), (rows, 1)), axis=1)
    if num_classes % window:
        for row in range(1, rows):
            taken = row * num_classes % window
            if taken:
                cycles[row] = _put_back(cycles[row], cycles[row - 1, -taken:], window - taken)
    return cycles.ravel()[:length]


def _put_back(cycle: np.ndarray, avoid: np.ndarray, head: int) -> np.ndarray:
    """Reorder a cycle so that none of the first ``head`` entries is to be avoided."""
    first = np.flatnonzero(~np.isin(cycle, avoid))[:head]
    return np.concatenate([cycle[first], np.delete(cycle, first)])


def image_cycles(class_counts: np.ndarray, blocks: np.ndarray, block_size: int,
                 rng: np.random.Generator, distinct: bool = False) -> np.ndarray:
    """Return images for blocks of one class each, from a shuffled cycle per class.

    A class with fewer images than a block repeats images inside it.

    Args:
        class_counts (np.ndarray): Images per class n_c, all positive, int64[K].
        blocks (np.ndarray): The class of each block, int64[m].
        block_size (int): Images per block Z.
        rng (np.random.Generator): Source of the shuffles.
        distinct (bool): Whether the images of a block must differ where n_c >= Z. A cycle then
            ends when it cannot fill another block; otherwise blocks run over its end, and the
            use of two images of a class differs by at most one. Defaults to False.

    Returns:
        np.ndarray: Numbers of images inside their class, int64[m, Z].
    """
    needed = np.bincount(blocks, minlength=len(class_counts)) * block_size
    usable = class_counts
    if distinct:
        usable = np.where(usable < block_size, usable, usable // block_size * block_size)
    repeats = -(-needed // usable)

    # All cycles of all classes stand one after the other, class by class, and are shuffled at
    # once: an epoch of iNaturalist has 8,142 classes.
    owner = np.repeat(np.arange(len(class_counts)), repeats)
    cycle = _positions(repeats)  # the number of each cycle inside its class
    sizes = class_counts[owner]
    group = np.repeat(np.arange(len(owner)), sizes)
    place = _positions(sizes)
    shuffled = place[np.lexsort((rng.random(len(group)), group))]
    drawn = place < usable[owner][group]
    drawn &= cycle[group] * usable[owner][group] + place < needed[owner][group]

    images = np.empty((len(blocks), block_size), dtype=np.int64)
    images[np.argsort(blocks, kind='stable')] = shuffled[drawn].reshape(-1, block_size)
    return images


def _positions(sizes: np.ndarray) -> np.ndarray:
    """Return 0..size-1 for every size, one after the other."""
    ends = np.cumsum(sizes)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - sizes, sizes)
