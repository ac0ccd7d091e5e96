"""Which classes are taken for which."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from .class_axis import NAMED_CLASSES, group_stretches, label_classes, mark_groups
from .style import save_figure, styled

_CELLS_WITH_NUMBERS = 12


@styled
def plot_confusion(matrix: np.ndarray,
                   order: np.ndarray,
                   path: str | Path,
                   class_names: Sequence[str] | None = None,
                   groups: Mapping[str, Sequence[int]] | None = None) -> Path:
    """Draw a confusion matrix whose classes are sorted from most to fewest training images.

    Args:
        matrix (np.ndarray): Percent of the images of a row, float[K, K], NaN in rows without; a row
            is a class, or one of K stretches of neighbouring classes.
        order (np.ndarray): Labels in the order of the rows, int64[C].
        path (str or Path): File to write; its suffix chooses the format.
        class_names (Sequence[str], optional): Names [C], shown for up to 30 classes.
        groups (Mapping[str, Sequence[int]], optional): Labels of each group, shown as labelled
            stretches.

    Returns:
        Path: The file.
    """
    num_classes, size = len(order), len(matrix)
    figure = Figure(figsize=(7.2, 6))
    axes = figure.add_subplot()
    edges = (-0.5, num_classes - 0.5)
    image = axes.imshow(matrix, norm=PowerNorm(0.5, vmin=0, vmax=100), aspect='auto',
                        extent=(*edges, *edges[::-1]), interpolation='nearest')
    bar = figure.colorbar(image, ticks=[0, 1, 5, 10, 25, 50, 75, 100])
    bar.set_label('Test images of the row (%)')
    label_classes(axes, order, class_names)
    axes.set_xlim(*edges)
    if class_names is not None and num_classes <= NAMED_CLASSES:
        axes.set_yticks(np.arange(num_classes), [class_names[label] for label in order])
    else:
        axes.yaxis.set_major_formatter('{x:,.0f}')
    neighbours = '' if size == num_classes else \
        f'\n(each square: {-(-num_classes // size)} neighbours)'
    axes.set_xlabel('Predicted class, from most to fewest training images' + neighbours)
    axes.set_ylabel('True class')
    if size <= _CELLS_WITH_NUMBERS:
        for (row, column), value in np.ndenumerate(matrix):
            if np.isfinite(value) and value >= 0.5:
                axes.text(column, row, f'{value:.0f}', ha='center', va='center', fontsize=8,
                          color='black' if value > 40 else 'white')
    mark_groups(axes, groups or {}, order, color='white')
    for _, first, _ in group_stretches(groups or {}, order):
        if first > 0:
            axes.axhline(first - 0.5, color='white', linewidth=0.8, linestyle=':')
    return save_figure(figure, path)
