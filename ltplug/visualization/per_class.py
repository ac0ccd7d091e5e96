"""Accuracy of every class over its frequency."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

# Okabe and Ito's palette, which colour-blind people can tell apart, without its grey and black.
COLORS = ('#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9')
MARKERS = ('o', 's', '^', 'D', 'v', 'P')
NAMED_CLASSES = 30


def plot_per_class_accuracy(accuracies: Mapping[str, Sequence[float]],
                            class_counts: Sequence[int],
                            path: str | Path,
                            class_names: Sequence[str] | None = None,
                            groups: Mapping[str, Sequence[int]] | None = None) -> Path:
    """Draw per-class accuracy, classes sorted from most to fewest training images.

    Args:
        accuracies (Mapping[str, Sequence[float]]): Accuracy per class in percent [C] by name of
            the run; NaN or None for a class without test images.
        class_counts (Sequence[int]): Training images per class [C], shown as grey bars.
        path (str or Path): File to write; its suffix chooses the format.
        class_names (Sequence[str], optional): Names [C], shown for up to 30 classes.
        groups (Mapping[str, Sequence[int]], optional): Labels of each group, shown as labelled
            stretches where they are contiguous in this order.

    Returns:
        Path: The file.
    """
    counts = np.asarray(class_counts)
    order = np.argsort(-counts, kind='stable')
    x = np.arange(len(order))
    figure = Figure(figsize=(8, 4.5), layout='constrained')
    images = figure.add_subplot()
    images.bar(x, counts[order], width=0.85 if len(x) <= 100 else 1.0, color='#D9D9D9')
    images.set_yscale('log')
    images.yaxis.set_major_formatter(StrMethodFormatter('{x:,.0f}'))
    images.set_ylabel('Training images (bars)')
    images.set_xlabel('Class, from most to fewest training images')
    images.set_xlim(-0.6, len(x) - 0.4)
    if class_names is not None and len(x) <= NAMED_CLASSES:
        rotation = 45 if max(map(len, class_names)) > 3 else 0
        images.set_xticks(x, [class_names[label] for label in order], rotation=rotation)

    axes = images.twinx()
    axes.set_ylabel('Test accuracy (%)')
    axes.set_ylim(-3, 103)
    axes.grid(axis='y', linewidth=0.4, alpha=0.5)
    many = len(x) > NAMED_CLASSES
    for number, (name, values) in enumerate(accuracies.items()):
        values = np.asarray([np.nan if v is None else v for v in values], dtype=np.float64)[order]
        axes.plot(x, values, label=name, color=COLORS[number % len(COLORS)],
                  marker=MARKERS[number % len(MARKERS)], markersize=3 if many else 6,
                  linewidth=0 if many else 1.6)
    mark_groups(axes, groups or {}, order)
    axes.legend(loc='lower left', framealpha=0.9)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
    return path


def mark_groups(axes, groups: Mapping[str, Sequence[int]], order: np.ndarray) -> None:
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
