"""Features of some classes in two dimensions."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .class_axis import COLORS, GREY, MARKERS, save_figure

PERPLEXITY = 30.0


def tsne(features: np.ndarray, seed: int = 0) -> np.ndarray:
    """Place features in two dimensions by t-SNE, from their principal components.

    Args:
        features (np.ndarray): float[N, D], N at least 2.
        seed (int): Of t-SNE. Defaults to 0.

    Returns:
        np.ndarray: float32[N, 2]. The perplexity is 30, less for fewer than 91 samples.
    """
    from sklearn.manifold import TSNE

    perplexity = min(PERPLEXITY, (len(features) - 1) / 3)
    return TSNE(init='pca', perplexity=perplexity, random_state=seed).fit_transform(features)


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
    figure = Figure(figsize=(4 * len(present), 4.2), layout='constrained')
    panels = figure.subplots(1, len(present), squeeze=False, sharex=True, sharey=True)[0]
    for axes, (name, classes) in zip(panels, present.items(), strict=True):
        _draw_map(axes, points, labels, classes, name, class_names)
    return save_figure(figure, path)


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
    figure = Figure(figsize=(4 * len(points), 4.2), layout='constrained')
    panels = figure.subplots(1, len(points), squeeze=False)[0]
    for axes, (title, places) in zip(panels, points.items(), strict=True):
        _draw_map(axes, places, labels, np.unique(labels), title, class_names)
    return save_figure(figure, path)


def _draw_map(axes: Axes, points: np.ndarray, labels: np.ndarray, classes: np.ndarray, title: str,
              class_names: Sequence[str] | None) -> None:
    axes.scatter(*points[~np.isin(labels, classes)].T, s=5, color=GREY)
    for number, label in enumerate(classes):
        axes.scatter(*points[labels == label].T, s=9, color=COLORS[number % len(COLORS)],
                     marker=MARKERS[number // len(COLORS) % len(MARKERS)],
                     label=str(label) if class_names is None else class_names[label])
    axes.set_title(title)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.legend(fontsize='x-small', framealpha=0.9)
