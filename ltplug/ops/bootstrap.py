"""How much a result depends on which test images there happen to be."""

from collections.abc import Mapping, Sequence

import numpy as np

from ltplug.utils import track


def bootstrap_accuracies(values: np.ndarray, labels: np.ndarray,
                         groups: Mapping[str, Sequence[int]], num_resamples: int = 2000,
                         seed: int = 0) -> dict[str, np.ndarray]:
    """Return accuracies on test sets drawn anew, with replacement, from the test images.

    All rows see the same draws. With rows that are differences of two models on the same images
    this is the paired bootstrap (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993,
    chapter 16).

    Args:
        values (np.ndarray): How often each image is predicted rightly, or differences of that,
            float[M, N].
        labels (np.ndarray): True labels, int[N].
        groups (Mapping[str, Sequence[int]]): Labels of each group.
        num_resamples (int): Draws R. Defaults to 2000.
        seed (int): Of the draws. Defaults to 0.

    Returns:
        dict[str, np.ndarray]: float64[R, M] each: ``top1`` over images; ``mean_class`` and, by
        name, each group that has images, as means over the classes that a draw has images of, NaN
        where it has none.
    """
    order = np.argsort(labels, kind='stable')
    values, num_images = np.asarray(values, dtype=np.float64)[:, order], len(labels)
    classes, starts = np.unique(labels[order], return_index=True)
    members = {'mean_class': np.full(len(classes), True),
               **{name: np.isin(classes, theirs) for name, theirs in groups.items()}}
    members = {name: chosen for name, chosen in members.items() if chosen.any()}
    found = {name: np.empty((num_resamples, len(values))) for name in ('top1', *members)}
    rng = np.random.default_rng(seed)
    for draw in track(range(num_resamples), 'Bootstrap', unit='test sets'):
        times = np.bincount(rng.integers(num_images, size=num_images), minlength=num_images)
        weighted = values * times
        found['top1'][draw] = weighted.sum(axis=1) / num_images
        with np.errstate(invalid='ignore'):
            per_class = np.add.reduceat(weighted, starts, axis=1) / np.add.reduceat(times, starts)
        is_drawn = np.isfinite(per_class[0])
        for name, chosen in members.items():
            chosen = chosen & is_drawn
            found[name][draw] = per_class[:, chosen].mean(axis=1) if chosen.any() else np.nan
    return found


def interval_and_p_value(draws: np.ndarray, level: float = 0.95) -> tuple[float, float, float]:
    """Return what bootstrap draws of a difference say.

    Args:
        draws (np.ndarray): Differences, float[R]; NaN is passed over.
        level (float): Of the interval. Defaults to 0.95.

    Returns:
        tuple[float, float, float]: Percentile interval, and the two-sided p-value of a difference
        of 0: twice the share of draws on the other side of 0, at least 2 / (R + 1).
    """
    draws = draws[np.isfinite(draws)]
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    tails = [(1 + np.count_nonzero(side)) / (1 + len(draws)) for side in (draws <= 0, draws >= 0)]
    return float(low), float(high), float(min(1.0, 2 * min(tails)))
