"""What plots over classes share: the order, the names, the groups, the training images."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from .style import GREY

NAMED_CLASSES = 30
"""Classes that have room for their names."""
SEPARATE_CLASSES = 150
"""Classes that can be told apart; of more, averages of neighbours are drawn."""
_STRETCHES = 50


def stretches(num_classes: int, number: int = _STRETCHES) -> list[np.ndarray]:
    """Cut the places of classes into stretches of neighbours, as even as can be.

    Args:
        num_classes (int): Classes, C.
        number (int): Stretches at most. Defaults to 50.

    Returns:
        list[np.ndarray]: Places of each stretch, in order; together 0..C-1.
    """
    return np.array_split(np.arange(num_classes), min(number, num_classes))


def stretch_means(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Average a value over stretches of neighbouring classes.

    Args:
        values (np.ndarray): In the order of the axis, float[C], NaN where a class has none.

    Returns:
        tuple[np.ndarray, np.ndarray]: Middle of each stretch and the mean there, NaN where no class
        has a value.
    """
    means, places = [], stretches(len(values))
    for members in places:
        known = values[members][np.isfinite(values[members])]
        means.append(known.mean() if len(known) else np.nan)
    return np.array([members.mean() for members in places]), np.array(means)


def draw_class_counts(axes: Axes, counts: np.ndarray, color: str = GREY,
                      as_line: bool = False) -> None:
    """Draw images per class as bars on a log scale, whose axis begins below one image.

    Args:
        axes (Axes): Where.
        counts (np.ndarray): Images in the order of the axis, [C].
        color (str): Of the bars. Defaults to light grey.
        as_line (bool): Whether to draw a line, beside bars of another value. Defaults to False.
    """
    x = np.arange(len(counts))
    axes.set_yscale('log')
    if as_line:
        axes.step(x, counts, where='mid', color=color)
    elif len(x) <= SEPARATE_CLASSES:
        axes.bar(x, counts, width=0.85, color=color)
    else:
        axes.fill_between(x, np.maximum(counts, 0.1), 0.1, step='mid', color=color, linewidth=0)
    axes.set_ylim(0.7, max(counts.max(), 1) * 1.6)  # a class with one image has a bar
    axes.yaxis.set_major_formatter('{x:,.0f}')


def label_classes(axes: Axes, order: np.ndarray, class_names: Sequence[str] | None) -> None:
    """Set limits of the axis of classes, and their names where there are few."""
    axes.set_xlim(-0.6, len(order) - 0.4)
    if class_names is not None and len(order) <= NAMED_CLASSES:
        rotation = 45 if max(map(len, class_names)) > 3 else 0
        axes.set_xticks(np.arange(len(order)), [class_names[label] for label in order],
                        rotation=rotation, ha='right' if rotation else 'center',
                        rotation_mode='anchor')
    else:
        axes.xaxis.set_major_formatter('{x:,.0f}')


def group_stretches(groups: Mapping[str, Sequence[int]],
                    order: np.ndarray) -> list[tuple[str, int, int]]:
    """Return name, first and last place of the groups that are contiguous in the order."""
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    found = []
    for name, labels in groups.items():
        places = np.sort(rank[np.asarray(labels, dtype=np.int64)])
        if len(places) and places[-1] - places[0] + 1 == len(places):
            found.append((name, int(places[0]), int(places[-1])))
    return found


def mark_groups(axes: Axes, groups: Mapping[str, Sequence[int]], order: np.ndarray,
                color: str = 'black') -> None:
    """Name the groups along the top and separate them by lines."""
    for name, first, last in group_stretches(groups, order):
        axes.text((first + last) / 2, 1.01, name, transform=axes.get_xaxis_transform(),
                  ha='center', va='bottom')
        if first > 0:
            axes.axvline(first - 0.5, color=color, linewidth=0.8, linestyle=':')
