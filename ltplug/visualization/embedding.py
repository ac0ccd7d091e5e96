"""Features of some classes in two dimensions."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .style import COLORS, GREY, PANEL, color, marker, save_figure, styled


@styled
def plot_embedding(points: np.ndarray,
                   labels: np.ndarray,
                   groups: Mapping[str, Sequence[int]],
                   path: str | Path,
                   class_names: Sequence[str] | None = None) -> Path:
    """Draw points coloured by class, one panel a group; the other groups are grey in it.

    Args:
        points (np.ndarray): Places, float[N, 2].
        labels (np.ndarray): Classes, int64[N].
        groups (Mapping[str, Sequence[int]]): Labels of each group; those without points are left
            out.
        path (str or Path): File to write; its suffix chooses the format.
        class_names (Sequence[str], optional): Names [C]. Defaults to the labels.

    Returns:
        Path: The file.
    """
    present = {name: np.intersect1d(classes, labels) for name, classes in groups.items()}
    present = {name: classes for name, classes in present.items() if len(classes)}
    figure = Figure(figsize=(PANEL[0] * len(present), PANEL[1] + 1))
    panels = figure.subplots(1, len(present), squeeze=False, sharex=True, sharey=True)[0]
    for axes, (name, classes) in zip(panels, present.items(), strict=True):
        _draw_map(axes, points, labels, classes, name, class_names)
    return save_figure(figure, path)


@styled
def plot_embeddings(points: Mapping[str, np.ndarray],
                    labels: np.ndarray,
                    path: str | Path,
                    class_names: Sequence[str] | None = None) -> Path:
    """Draw several maps of the same samples side by side, coloured by class.

    Args:
        points (Mapping[str, np.ndarray]): Places, float[N, 2], by title of the map.
        labels (np.ndarray): Classes, int64[N].
        path (str or Path): File to write; its suffix chooses the format.
        class_names (Sequence[str], optional): Names [C]. Defaults to the labels.

    Returns:
        Path: The file.
    """
    figure = Figure(figsize=(PANEL[0] * len(points), PANEL[1] + 1))
    panels = figure.subplots(1, len(points), squeeze=False)[0]
    for axes, (title, places) in zip(panels, points.items(), strict=True):
        _draw_map(axes, places, labels, np.unique(labels), title, class_names)
    return save_figure(figure, path)


def _draw_map(axes: Axes, points: np.ndarray, labels: np.ndarray, classes: np.ndarray, title: str,
              class_names: Sequence[str] | None) -> None:
    axes.scatter(*points[~np.isin(labels, classes)].T, s=5, color=GREY)
    for number, label in enumerate(classes):
        axes.scatter(*points[labels == label].T, s=9, color=color(number),
                     marker=marker(number // len(COLORS)),
                     label=str(label) if class_names is None else class_names[label])
    axes.set_title(title)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.legend(loc='upper center', bbox_to_anchor=(0.5, 0), ncols=2, fontsize='small',
                markerscale=2)
