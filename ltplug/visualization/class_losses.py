"""Training loss of single classes over the epochs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from .style import PANEL, add_legend, color, save_figure, styled


@styled
def plot_class_losses(losses: Mapping[str, np.ndarray], titles: Sequence[str],
                      path: str | Path) -> Path:
    """Draw the mean training loss of some classes, one panel a class and one line a run.

    Args:
        losses (Mapping[str, np.ndarray]): Loss per epoch and class [E, K] by name of the run; NaN
            where a class had no sample in an epoch.
        titles (Sequence[str]): Titles of the K panels.
        path (str or Path): File to write; its suffix chooses the format.

    Returns:
        Path: The file.
    """
    figure = Figure(figsize=(PANEL[0] * len(titles), PANEL[1]))
    panels = figure.subplots(1, len(titles), squeeze=False)[0]
    for column, (axes, title) in enumerate(zip(panels, titles, strict=True)):
        for number, (name, values) in enumerate(losses.items()):
            epochs = np.arange(1, len(values) + 1)
            drawn = np.isfinite(values[:, column])  # a line over an epoch without samples
            axes.plot(epochs[drawn], values[drawn, column], label=name,
                      color=color(number))
        axes.set_title(title)
        axes.set_xlabel('Epoch')
        axes.set_ylabel('Mean training loss')
        axes.set_ylim(bottom=0)
        axes.grid()
    add_legend(figure, panels)
    return save_figure(figure, path)
