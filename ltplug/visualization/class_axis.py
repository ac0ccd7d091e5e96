"""What plots over classes share: the order, the names, the groups."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito's palette, which colour-blind people can tell apart, without its grey and black.
COLORS = ('#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9')
MARKERS = ('o', 's', '^', 'D', 'v', 'P')
GREY = '#D9D9D9'
NAMED_CLASSES = 30


def bar_width(num_classes: int) -> float:
    """Return the width of the bars of single classes, without gaps where there are many."""
    return 0.85 if num_classes <= 100 else 1.0


def label_classes(axes: Axes, order: np.ndarray, class_names: Sequence[str] | None) -> None:
    """Set limits of the axis of classes, and their names where there are few."""
    axes.set_xlim(-0.6, len(order) - 0.4)
    if class_names is not None and len(order) <= NAMED_CLASSES:
        rotation = 45 if max(map(len, class_names)) > 3 else 0
        axes.set_xticks(np.arange(len(order)), [class_names[label] for label in order],
                        rotation=rotation)


def mark_groups(axes: Axes, groups: Mapping[str, Sequence[int]], order: np.ndarray) -> None:
    """Name the groups along the top and separate them by lines."""
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    for name, labels in groups.items():
        positions = np.sort(rank[np.asarray(labels, dtype=np.int64)])
        if not len(positions) or positions[-1] - positions[0] + 1 != len(positions):
            continue
        axes.text(positions.mean(), 1.01, name, transform=axes.get_xaxis_transform(), ha='center',
                  va='bottom')
        if positions[0] > 0:
            axes.axvline(positions[0] - 0.5, color='black', linewidth=0.8, linestyle=':')


def save_figure(figure: Figure, path: str | Path) -> Path:
    """Write a figure, making the folder if needed, and return its path."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
    return path
