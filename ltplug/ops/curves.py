"""How far curves of several seeds differ between two ways to train."""

import itertools

import numpy as np


def smooth_curves(curves: np.ndarray, window: int) -> np.ndarray:
    """Return the means of the last values.

    Args:
        curves (np.ndarray): [..., T].
        window (int): How many values a mean has; fewer at the beginning.

    Returns:
        np.ndarray: float64[..., T].

    Raises:
        ValueError: If the window is not positive.

    Example:
        >>> from ltplug.ops import smooth_curves
        >>> smooth_curves([4.0, 2.0, 0.0, 0.0], 2)
        array([4., 3., 1., 0.])
    """
    if window < 1:
        raise ValueError(f'window must be at least 1, got {window}.')
    sums = np.cumsum(np.asarray(curves, dtype=np.float64), axis=-1)
    before = np.zeros_like(sums)
    before[..., window:] = sums[..., :-window]
    return (sums - before) / np.minimum(np.arange(1, sums.shape[-1] + 1), window)


def curve_differences(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Return how far two ways to train differ, and how far seeds do.

    Args:
        one (np.ndarray): A curve for each of S seeds, [S, T].
        other (np.ndarray): The same seeds trained another way, [S, T].

    Returns:
        tuple[float, float]: Mean distance between curves of the same seed, and between curves of
        two seeds trained the first way; NaN for a single seed.

    Raises:
        ValueError: If the shapes differ.

    Example:
        >>> import numpy as np
        >>> from ltplug.ops import curve_differences
        >>> seeds = np.array([[3.0, 1.0], [2.0, 0.0]])
        >>> curve_differences(seeds, seeds + 0.25)
        (0.25, 1.0)
    """
    one, other = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if one.ndim != 2 or one.shape != other.shape:
        raise ValueError(f'Curves of the same seeds are two arrays [S, T], got {one.shape} and '
                         f'{other.shape}.')
    pairs = [np.abs(a - b).mean() for a, b in itertools.combinations(one, 2)]
    return float(np.abs(one - other).mean()), float(np.mean(pairs)) if pairs else float('nan')
