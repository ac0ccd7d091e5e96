"""Accuracies by group of several methods."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from .style import HEIGHT, WIDTH, add_legend, color, marker, save_figure, styled


@styled
def plot_group_spread(values: Mapping[str, Mapping[str, Sequence[float]]],
                      path: str | Path) -> Path:
    """Draw mean and standard deviation over runs, and the runs, of each method in each group.

    Args:
        values (Mapping[str, Mapping]): Accuracies of the runs in percent, by method and group; all
            methods have the same groups.
        path (str or Path): File to write; its suffix chooses the format.

    Returns:
        Path: The file.
    """
    groups = list(next(iter(values.values())))
    figure = Figure(figsize=(WIDTH, HEIGHT))
    axes = figure.add_subplot()
    for number, (name, by_group) in enumerate(values.items()):
        x = np.arange(len(groups)) + 0.7 * ((number + 0.5) / len(values) - 0.5)
        runs = [np.asarray(by_group[group], dtype=np.float64) for group in groups]
        means = [each.mean() for each in runs]
        deviations = [each.std(ddof=1) if len(each) > 1 else 0.0 for each in runs]
        axes.errorbar(x, means, deviations, label=name, color=color(number), marker=marker(number),
                      markersize=7, linestyle='none', capsize=4)
        for place, each in zip(x, runs, strict=True):
            if len(each) > 1:
                axes.scatter(np.full(len(each), place), each, s=10, color='black', zorder=3)
    axes.set_xticks(np.arange(len(groups)), [group.capitalize() for group in groups])
    axes.set_xlim(-0.5, len(groups) - 0.5)
    for place in range(1, len(groups)):
        axes.axvline(place - 0.5, color='black', linewidth=0.5, linestyle=':')
    axes.set_ylabel('Test accuracy (%)')
    axes.grid(axis='y')
    add_legend(figure, axes)
    return save_figure(figure, path)
