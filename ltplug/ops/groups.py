"""Groups of classes by how many training images they have."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike


def shot_groups(class_counts: ArrayLike, boundary: str = 'strict') -> dict[str, np.ndarray]:
    """Split classes into many-, medium- and few-shot.

    ``'strict'``: many > 100, few < 20 images (decoupling, RIDE and most others); ``'inclusive'``:
    many >= 100, few <= 20 (OLTR and "To balance or not to balance").

    Args:
        class_counts (array-like): Training images per class, [C].
        boundary (str): 'strict' or 'inclusive'. Defaults to 'strict'.

    Returns:
        dict[str, np.ndarray]: 'many', 'medium' and 'few', each int64 class labels in ascending
        order, possibly empty.

    Raises:
        ValueError: If the boundary is unknown.
    """
    counts = np.asarray(class_counts)
    if boundary == 'strict':
        many, few = counts > 100, counts < 20
    elif boundary == 'inclusive':
        many, few = counts >= 100, counts <= 20
    else:
        raise ValueError(f"boundary must be 'strict' or 'inclusive', got {boundary!r}.")
    return {
        'many': np.flatnonzero(many),
        'medium': np.flatnonzero(~many & ~few),
        'few': np.flatnonzero(few),
    }


def tertile_groups(class_counts: ArrayLike) -> dict[str, np.ndarray]:
    """Split classes into thirds by rank: frequent, medium, rare.

    Classes are sorted by ascending count, equal counts by label; the first C // 3 are rare, the
    next C // 3 medium, the rest frequent (SDCLR and FASSL).

    Args:
        class_counts (array-like): Training images per class, [C].

    Returns:
        dict[str, np.ndarray]: 'frequent', 'medium' and 'rare', each int64 class labels in
        ascending order.
    """
    order = np.argsort(np.asarray(class_counts), kind='stable')
    third = len(order) // 3
    return {
        'frequent': np.sort(order[2 * third:]),
        'medium': np.sort(order[third:2 * third]),
        'rare': np.sort(order[:third]),
    }


def frequency_order(class_counts: Sequence[int]) -> np.ndarray:
    """Return the labels from most to fewest images; classes of equal size by label.

    Args:
        class_counts (Sequence[int]): Images per class, [C].

    Returns:
        np.ndarray: int64[C].
    """
    return np.argsort(-np.asarray(class_counts), kind='stable')
