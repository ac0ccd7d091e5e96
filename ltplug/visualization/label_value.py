"""The theorems on the value of imbalanced labels, simulated and bounded."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .style import COLORS, MARKERS, save_figure, styled

Curves = Mapping[str, Mapping[str, np.ndarray]]


@styled
def plot_label_value(pseudo_labels: Curves, raw: Curves, pretrained: Curves,
                     path: str | Path) -> Path:
    """Draw theorems 1 to 3 of "Rethinking the Value of Labels" side by side.

    Args:
        pseudo_labels (Mapping[str, Mapping]): Of theorem 1, by name of the curve: ``samples``,
            ``failures`` (simulated) and ``bound``, each [K].
        raw (Mapping[str, Mapping]): Of theorem 2: ``bias`` and ``error``.
        pretrained (Mapping[str, Mapping]): Of theorem 3: ``dim``, ``error`` (simulated, mean) and
            ``bound`` (NaN where there is none).
        path (str or Path): File to write; its suffix chooses the format.

    Returns:
        Path: The file.
    """
    figure = Figure(figsize=(13, 4.2))
    first, second, third = figure.subplots(1, 3)
    _draw_bounded(first, pseudo_labels, 'samples', 'failures')
    first.set(title='Theorem 1: self-training', xlabel='Unlabelled samples', xscale='log',
              ylabel='Estimates off by more than delta', ylim=(-0.03, 1.03))
    for number, (name, curve) in enumerate(raw.items()):
        second.plot(curve['bias'], curve['error'], color=COLORS[number % len(COLORS)], label=name)
    second.axhline(0.25, color='black', linewidth=0.8, linestyle=':')
    second.set(title='Theorem 2: linear classifiers of raw inputs', xscale='log',
               xlabel='Bias / (length of the weights x sigma)', ylabel='Error', ylim=(0, 1))
    _draw_bounded(third, pretrained, 'dim', 'error')
    third.set(title='Theorem 3: after self-supervised learning', xlabel='Dimension', xscale='log',
              yscale='log', ylabel='Error')
    for axes in (first, second, third):
        axes.grid()
        axes.legend(loc='upper center', bbox_to_anchor=(0.5, -0.18), ncols=2)
    return save_figure(figure, path)


def _draw_bounded(axes: Axes, curves: Curves, x: str, simulated: str) -> None:
    """Draw what was simulated as points and its bound as a dashed line of the same colour."""
    for number, (name, curve) in enumerate(curves.items()):
        color = COLORS[number % len(COLORS)]
        axes.plot(curve[x], curve[simulated], color=color, linewidth=0,
                  marker=MARKERS[number % len(MARKERS)], label=name)
        axes.plot(curve[x], curve['bound'], color=color, linestyle='--')
