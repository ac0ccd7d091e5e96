"""Features in two dimensions over the regions that a classifier gives to each class."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from .style import marker, save_figure, styled

# Regions are told apart by colour alone, so the palette of the other plots is too small.
COLORS = colormaps['tab10'].colors
GRID = 200
NEIGHBOURS = 15


def decision_regions(points: np.ndarray, predictions: np.ndarray, x: np.ndarray,
                     y: np.ndarray) -> np.ndarray:
    """Return which class a classifier predicts around every place of a map.

    A map in two dimensions has no classifier of its own: a place belongs to the class that is
    predicted for most of the nearest samples.

    Args:
        points (np.ndarray): Places of samples, float[N, 2].
        predictions (np.ndarray): Predicted class of each, int64[N].
        x (np.ndarray): Horizontal coordinates, float[W].
        y (np.ndarray): Vertical coordinates, float[H].

    Returns:
        np.ndarray: Classes, int64[H, W].
    """
    from sklearn.neighbors import KNeighborsClassifier

    nearest = KNeighborsClassifier(min(NEIGHBOURS, len(points))).fit(points, predictions)
    places = np.stack(np.meshgrid(x, y), axis=-1)
    return nearest.predict(places.reshape(-1, 2)).reshape(len(y), len(x))


@styled
def plot_decision_map(panels: Mapping[str, tuple[np.ndarray, np.ndarray]],
                      points: np.ndarray,
                      predictions: np.ndarray,
                      path: str | Path,
                      class_names: Sequence[str] | None = None) -> Path:
    """Draw samples coloured by class over the regions of predicted classes, the same in all panels.

    Figures 1 and 4 of Yang and Xu, "Rethinking the Value of Labels for Improving Class-Imbalanced
    Learning", 2020.

    Args:
        panels (Mapping[str, tuple]): By title, places float[M, 2] and true classes int64[M] of
            what is shown.
        points (np.ndarray): Places of all samples, from which the regions follow, float[N, 2].
        predictions (np.ndarray): Class that is predicted for each, int64[N].
        path (str or Path): File to write; its suffix chooses the format.
        class_names (Sequence[str], optional): Names [C]. Defaults to the labels.

    Returns:
        Path: The file.
    """
    classes = np.unique(np.concatenate([predictions, *(labels for _, labels in panels.values())]))
    x, y = (np.linspace(values.min() - margin, values.max() + margin, GRID)
            for values, margin in zip(points.T, 0.05 * np.ptp(points, axis=0), strict=True))
    regions = np.searchsorted(classes, decision_regions(points, predictions, x, y))
    colors = [COLORS[number % len(COLORS)] for number in range(len(classes))]
    figure = Figure(figsize=(5.2 * len(panels), 5.2))
    row = figure.subplots(1, len(panels), squeeze=False, sharex=True, sharey=True)[0]
    for axes, (title, (places, labels)) in zip(row, panels.items(), strict=True):
        axes.imshow(regions, extent=(x[0], x[-1], y[0], y[-1]), origin='lower', aspect='auto',
                    cmap=ListedColormap(colors), vmin=-0.5, vmax=len(classes) - 0.5, alpha=0.18,
                    interpolation='nearest')
        for number in np.unique(regions) if len(np.unique(regions)) > 1 else ():
            axes.contour(x, y, regions == number, levels=[0.5], colors='black', linewidths=0.7)
        for number, label in enumerate(classes):
            axes.scatter(*places[labels == label].T, s=12, color=[colors[number]],
                         marker=marker(number // len(COLORS)),
                         label=str(label) if class_names is None else class_names[label])
        axes.set(title=title, xticks=[], yticks=[])
    row[-1].legend(fontsize='x-small', framealpha=0.9)
    return save_figure(figure, path)
