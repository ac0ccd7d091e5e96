"""Queries and what was found for them, as a grid of pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from .style import COLORS, save_figure, styled

RIGHT, WRONG, QUERY_BOX = COLORS[0], COLORS[1], COLORS[4]


@dataclass
class Shown:
    """A picture of the grid.

    Attributes:
        image (np.ndarray): RGB, uint8 [H, W, 3].
        title (str): Stands above it.
        response (np.ndarray): How far its places resemble what was looked for, float [H, W].
        box (Sequence[float], optional): What was looked for, x1, y1, x2, y2 in pixels.
        is_right (bool, optional): Whether it is of the query's class; None for the query.
    """

    image: np.ndarray
    title: str
    response: np.ndarray
    box: Sequence[float] | None = None
    is_right: bool | None = None


@styled
def plot_retrieval(rows: Sequence[Sequence[Shown]], path: str | Path) -> Path:
    """Draw every query with what was found, and the response map of each below it.

    A found image of the query's class has a solid blue frame and a tick, another one a dashed
    orange frame and a cross.

    Args:
        rows (Sequence[Sequence[Shown]]): Per query itself and what was found, the same number
            for each.
        path (str or Path): File to write; its suffix chooses the format.

    Returns:
        Path: The file.
    """
    width = max(len(row) for row in rows)
    figure = Figure(figsize=(1.7 * width + 0.8, 3.7 * len(rows)))
    grid = figure.subplots(2 * len(rows), width, squeeze=False)
    low = min(shown.response.min() for row in rows for shown in row)
    high = max(shown.response.max() for row in rows for shown in row)
    for number, row in enumerate(rows):
        for column, shown in enumerate(row):
            picture, response = grid[2 * number:2 * number + 2, column]
            picture.imshow(shown.image)
            _frame(picture, shown)
            response.imshow(shown.image.mean(axis=2), cmap='gray', vmin=0, vmax=255)
            overlay = response.imshow(shown.response, cmap='viridis', alpha=0.6, vmin=low,
                                      vmax=high)
            for axes in (picture, response):
                axes.set_xticks([])
                axes.set_yticks([])
                if shown.box is not None:
                    x1, y1, x2, y2 = shown.box
                    axes.add_patch(Rectangle((x1 - 0.5, y1 - 0.5), x2 - x1, y2 - y1, fill=False,
                                             edgecolor=QUERY_BOX, linewidth=2))
    figure.colorbar(overlay, ax=grid, shrink=0.6, aspect=40, label='Cosine with the query')
    return save_figure(figure, path)


def _frame(axes: Axes, shown: Shown) -> None:
    """Mark whether an image has the query's class, by colour, line and sign."""
    if shown.is_right is None:
        axes.set_title(shown.title, fontsize='small')
        return
    color = RIGHT if shown.is_right else WRONG
    axes.set_title(f'{"✓" if shown.is_right else "✗"} {shown.title}', fontsize='small', color=color)
    for spine in axes.spines.values():
        spine.set(color=color, linewidth=3, capstyle='butt',
                  linestyle='-' if shown.is_right else (0, (2, 1)))
