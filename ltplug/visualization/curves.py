"""Losses and metrics over the course of a training."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from .style import PANEL, color, marker, save_figure, styled

_COLUMNS = 3
_MARKED_POINTS = 25


@styled
def plot_curves(panels: Sequence[Mapping[str, Any]], path: str | Path) -> Path:
    """Draw what was recorded in a training, one panel a kind of value.

    Args:
        panels (Sequence[Mapping]): With ``title``, ``unit`` (of the horizontal axis) and ``lines``
            (value by place, by name).
        path (str or Path): File to write; its suffix chooses the format.

    Returns:
        Path: The file.
    """
    columns = min(_COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(PANEL[0] * columns, PANEL[1] * rows))
    grid = figure.subplots(rows, columns, squeeze=False).flat
    for axes, panel in zip(grid, panels, strict=False):
        for number, (name, points) in enumerate(panel['lines'].items()):
            places = np.array(sorted(points))
            axes.plot(places, [points[place] for place in places], label=name, color=color(number),
                      marker=marker(number) if len(places) <= _MARKED_POINTS else None,
                      markersize=4)
        axes.set_title(panel['title'])
        axes.set_xlabel(panel['unit'])
        axes.grid()
        if len(panel['lines']) > 1:
            axes.legend(loc='upper center', bbox_to_anchor=(0.5, -0.18), ncols=2)
    for axes in list(figure.axes)[len(panels):]:
        axes.remove()
    return save_figure(figure, path)
