"""Gradient ratios of decoupled contrastive learning over the size of the classes."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from .style import COLORS, DARK_GREY, MARKERS, add_legend, save_figure, styled


@styled
def plot_gradient_ratios(ratios: Mapping[str, Mapping[str, np.ndarray]],
                         theory: Mapping[str, np.ndarray],
                         class_counts: Sequence[int],
                         path: str | Path) -> Path:
    """Draw the ratio of every class over its training images, both logarithmic.

    The colour is the run, the marker the moment, the dashed line what theory expects of the run.

    Args:
        ratios (Mapping[str, Mapping[str, np.ndarray]]): Ratios [C] by name of the run and of the
            moment; NaN for a class without one.
        theory (Mapping[str, np.ndarray]): Ratios [C] by name of the run.
        class_counts (Sequence[int]): Training images per class, [C].
        path (str or Path): File to write; its suffix chooses the format.

    Returns:
        Path: The file.
    """
    counts = np.asarray(class_counts)
    order = np.argsort(counts, kind='stable')
    figure = Figure(figsize=(7, 4.5))
    axes = figure.add_subplot()
    for number, (name, moments) in enumerate(ratios.items()):
        color = COLORS[number % len(COLORS)]
        known = order[np.isfinite(theory[name][order])]
        axes.plot(counts[known], theory[name][known], color=color, linestyle='--', linewidth=1.2)
        for marker, (moment, values) in zip(cycle(MARKERS), moments.items(), strict=False):
            axes.scatter(counts, values, s=30, color=color, marker=marker, alpha=0.8,
                         label=f'{name}, {moment}')
    axes.set_xscale('log')
    axes.set_yscale('log')
    axes.set_xlabel('Training images of the class')
    axes.set_ylabel('Gradient by own second view / by its class')
    axes.grid()
    axes.plot([], [], color=DARK_GREY, linestyle='--', label='theory')
    add_legend(figure, axes)
    return save_figure(figure, path)
