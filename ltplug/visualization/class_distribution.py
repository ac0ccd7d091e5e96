"""How many images each class has."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from ltplug.ops import frequency_order

from .class_axis import draw_class_counts, label_classes, mark_groups
from .style import COLORS, HEIGHT, WIDTH, save_figure, styled


@styled
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
    order = frequency_order(counts)
    figure = Figure(figsize=(WIDTH, HEIGHT))
    axes = figure.add_subplot()
    draw_class_counts(axes, counts[order], COLORS[0])
    axes.set_ylabel('Images')
    axes.set_xlabel('Class, from most to fewest images')
    label_classes(axes, order, class_names)
    mark_groups(axes, groups or {}, order)
    return save_figure(figure, path)
