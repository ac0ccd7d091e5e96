"""How many images each class has."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from .per_class import COLORS, NAMED_CLASSES, mark_groups


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
    axes.bar(x, counts[order], width=0.85 if len(x) <= 100 else 1.0, color=COLORS[0])
    axes.set_yscale('log')
    axes.set_ylim(bottom=0.7)  # so that a class with one image has a bar
    axes.yaxis.set_major_formatter(StrMethodFormatter('{x:,.0f}'))
    axes.set_ylabel('Images')
    axes.set_xlabel('Class, from most to fewest images')
    axes.set_xlim(-0.6, len(x) - 0.4)
    if class_names is not None and len(x) <= NAMED_CLASSES:
        rotation = 45 if max(map(len, class_names)) > 3 else 0
        axes.set_xticks(x, [class_names[label] for label in order], rotation=rotation)
    mark_groups(axes, groups or {}, order)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
    return path
