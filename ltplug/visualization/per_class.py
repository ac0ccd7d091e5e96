"""A value of every class over its frequency."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ltplug.ops import frequency_order

from .class_axis import (
    NAMED_CLASSES,
    SEPARATE_CLASSES,
    draw_class_counts,
    label_classes,
    mark_groups,
    stretch_means,
    stretches,
)
from .style import (
    DARK_GREY,
    GREY,
    HEIGHT,
    WIDTH,
    add_legend,
    color,
    marker,
    save_figure,
    styled,
)


@styled
def plot_per_class(values: Mapping[str, Sequence[float | None]],
                   class_counts: Sequence[int],
                   path: str | Path,
                   ylabel: str,
                   class_names: Sequence[str] | None = None,
                   groups: Mapping[str, Sequence[int]] | None = None,
                   limits: tuple[float, float] | None = None,
                   bars: bool = False,
                   first_color: int = 0) -> Path:
    """Draw a value per class, classes sorted from most to fewest training images.

    Of more than 150 classes, points and bars are the means of about 50 stretches of neighbours.

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
        bars (bool): Whether values are bars from zero, with the images per class as
            a line, instead of points over bars. Defaults to False.
        first_color (int): Number of the first run's colour, where the runs of another plot come
            before it. Defaults to 0.

    Returns:
        Path: The file.
    """
    counts = np.asarray(class_counts)
    order = frequency_order(counts)
    figure = Figure(figsize=(WIDTH, HEIGHT))
    images = figure.add_subplot()
    draw_class_counts(images, counts[order], DARK_GREY if bars else GREY, as_line=bars)
    images.set_ylabel(f'Training images (grey {"line" if bars else "bars"})')
    neighbours = f' (means of {len(stretches(len(order))[0])} neighbours)'
    images.set_xlabel('Class, from most to fewest training images' +
                      (neighbours if len(order) > SEPARATE_CLASSES else ''))
    label_classes(images, order, class_names)

    axes = images.twinx()
    axes.set_ylabel(ylabel)
    if limits is not None:
        axes.set_ylim(*limits)
    axes.grid(axis='y')
    draw = _draw_bars if bars else _draw_points
    for number, (name, per_class) in enumerate(values.items()):
        heights = np.asarray([np.nan if v is None else v for v in per_class], dtype=np.float64)
        places = np.arange(len(order)), heights[order]
        if len(order) > SEPARATE_CLASSES:
            places = stretch_means(heights[order])
        draw(axes, *places, name, color(number + first_color), number, len(values))
    if bars:
        axes.axhline(0, color='black', linewidth=0.8)
    mark_groups(axes, groups or {}, order)
    add_legend(figure, axes)
    return save_figure(figure, path)


def _draw_points(axes: Axes, x: np.ndarray, heights: np.ndarray, name: str, tint: str,
                 number: int, runs: int) -> None:
    is_crowded = len(x) > NAMED_CLASSES and x[1] - x[0] == 1
    axes.plot(x, heights, label=name, color=tint, marker=marker(number),
              markersize=4 if len(x) > NAMED_CLASSES else 6, linewidth=0 if is_crowded else None)


def _draw_bars(axes: Axes, x: np.ndarray, heights: np.ndarray, name: str, tint: str, number: int,
               runs: int) -> None:
    width = 0.75 * (x[1] - x[0] if len(x) > 1 else 1) / runs
    axes.bar(x + width * (number - (runs - 1) / 2), heights, width, label=name,
             color=tint)


def plot_per_class_accuracy(accuracies: Mapping[str, Sequence[float | None]],
                            class_counts: Sequence[int],
                            path: str | Path,
                            class_names: Sequence[str] | None = None,
                            groups: Mapping[str, Sequence[int]] | None = None) -> Path:
    """Draw per-class accuracy in percent; see :func:`plot_per_class`."""
    return plot_per_class(accuracies, class_counts, path, 'Test accuracy (%)', class_names, groups,
                          limits=(-3, 103))
