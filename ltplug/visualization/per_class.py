"""A value of every class over its frequency."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from .class_axis import (
    COLORS,
    GREY,
    MARKERS,
    NAMED_CLASSES,
    bar_width,
    label_classes,
    mark_groups,
    save_figure,
)


def plot_per_class(values: Mapping[str, Sequence[float | None]],
                   class_counts: Sequence[int],
                   path: str | Path,
                   ylabel: str,
                   class_names: Sequence[str] | None = None,
                   groups: Mapping[str, Sequence[int]] | None = None,
                   limits: tuple[float, float] | None = None,
                   bars: bool = False) -> Path:
    """Draw a value per class, classes sorted from most to fewest training images.

    Args:
        values (Mapping[str, Sequence[float]]): Value per class [C] by name of the run; NaN or None
            for a class without one.
        class_counts (Sequence[int]): Training images per class [C], shown in grey.
        path (str or Path): File to write; its suffix chooses the format.
        ylabel (str): What the values are.
        class_names (Sequence[str], optional): Names [C], shown for up to 30 classes.
        groups (Mapping[str, Sequence[int]], optional): Labels of each group, shown as labelled
            stretches where they are contiguous in this order.
        limits (tuple[float, float], optional): Range of the values. Defaults to what they need.
        bars (bool): Whether values are bars from zero and the images per class a line, instead
            of lines over bars. Defaults to False.

    Returns:
        Path: The file.
    """
    counts = np.asarray(class_counts)
    order = np.argsort(-counts, kind='stable')
    x = np.arange(len(order))
    figure = Figure(figsize=(8, 4.5), layout='constrained')
    images = figure.add_subplot()
    if bars:
        images.step(x, counts[order], where='mid', color='grey', linewidth=1.2)
    else:
        images.bar(x, counts[order], width=bar_width(len(x)), color=GREY)
    images.set_yscale('log')
    images.yaxis.set_major_formatter(StrMethodFormatter('{x:,.0f}'))
    images.set_ylabel('Training images (line)' if bars else 'Training images (bars)')
    images.set_xlabel('Class, from most to fewest training images')
    label_classes(images, order, class_names)

    axes = images.twinx()
    axes.set_ylabel(ylabel)
    if limits is not None:
        axes.set_ylim(*limits)
    axes.grid(axis='y', linewidth=0.4, alpha=0.5)
    many = len(x) > NAMED_CLASSES
    for number, (name, per_class) in enumerate(values.items()):
        heights = np.asarray([np.nan if v is None else v for v in per_class], dtype=np.float64)
        color = COLORS[number % len(COLORS)]
        if bars:
            width = bar_width(len(x)) / (1 if many else len(values))
            place = x if many else x + width * (number - (len(values) - 1) / 2)
            axes.bar(place, heights[order], width, label=name, color=color,
                     alpha=0.6 if many else 1)
        else:
            axes.plot(x, heights[order], label=name, color=color,
                      marker=MARKERS[number % len(MARKERS)], markersize=3 if many else 6,
                      linewidth=0 if many else 1.6)
    if bars:
        axes.axhline(0, color='black', linewidth=0.8)
    mark_groups(axes, groups or {}, order)
    axes.legend(loc='best' if bars and not many else 'lower left', framealpha=0.9)
    return save_figure(figure, path)


def plot_per_class_accuracy(accuracies: Mapping[str, Sequence[float | None]],
                            class_counts: Sequence[int],
                            path: str | Path,
                            class_names: Sequence[str] | None = None,
                            groups: Mapping[str, Sequence[int]] | None = None) -> Path:
    """Draw per-class accuracy in percent; see :func:`plot_per_class`."""
    return plot_per_class(accuracies, class_counts, path, 'Test accuracy (%)', class_names, groups,
                          limits=(-3, 103))
