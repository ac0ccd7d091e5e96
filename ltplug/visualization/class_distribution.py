"""How many images each class has."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from .class_axis import COLORS, bar_width, label_classes, mark_groups, save_figure


def plot_class_distribution(class_counts: Sequence[int],
                            path: str | Path,
                            class_names: Sequence[str] | None = None,
                            groups: Mapping[str, Sequence[int]] | None = None) -> Path:
    """Draw the images per class as bars, from the largest class to the smallest.

    Args:
        class_counts (Sequence[int]): Images by label, [C].
        path (str or Path): File to write; its suffix chooses the format.
        class_names (Sequence[str], optional): Names [C], shown for up to 30 classes.
        groups (Mapping[str, Sequence[int]], optional): Labels of each group, shown as labelled
            stretches.

    Returns:
        Path: The file.
    """
    counts = np.asarray(class_counts)
    order = np.argsort(-counts, kind='stable')
    x = np.arange(len(order))
    figure = Figure(figsize=(8, 4.5), layout='constrained')
    axes = figure.add_subplot()
    axes.bar(x, counts[order], width=bar_width(len(x)), color=COLORS[0])
    axes.set_yscale('log')
    axes.set_ylim(bottom=0.7)  # so that a class with one image has a bar
    axes.yaxis.set_major_formatter(StrMethodFormatter('{x:,.0f}'))
    axes.set_ylabel('Images')
    axes.set_xlabel('Class, from most to fewest images')
    label_classes(axes, order, class_names)
    mark_groups(axes, groups or {}, order)
    return save_figure(figure, path)
