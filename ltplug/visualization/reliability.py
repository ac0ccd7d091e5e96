"""Accuracy over confidence."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from .style import GREY, PANEL, color, save_figure, styled


@styled
def plot_reliability(calibration: Mapping[str, Mapping[str, Any]], path: str | Path) -> Path:
    """Draw reliability diagrams, one panel a group of classes.

    Args:
        calibration (Mapping[str, Mapping]): By group ``ece`` in percent, and per bin of confidence,
            [B] each, ``counts``, and ``confidence`` and ``accuracy`` in 0..1, NaN in empty bins.
        path (str or Path): File to write; its suffix chooses the format.

    Returns:
        Path: The file.
    """
    figure = Figure(figsize=(0.75 * PANEL[0] * len(calibration), PANEL[1]))
    panels = figure.subplots(1, len(calibration), squeeze=False, sharex=True, sharey=True)[0]
    for number, (axes, (name, bins)) in enumerate(zip(panels, calibration.items(), strict=True)):
        counts = np.asarray(bins['counts'])
        edges = np.linspace(0, 100, len(counts) + 1)
        width = edges[1]
        axes.bar(edges[:-1], 100 * counts / counts.sum(), width, align='edge', color=GREY,
                 edgecolor='white', linewidth=0.5)
        axes.plot([0, 100], [0, 100], color='black', linewidth=0.8, linestyle=':')
        filled = counts > 0
        axes.plot(100 * np.asarray(bins['confidence'])[filled],
                  100 * np.asarray(bins['accuracy'])[filled], color=color(number), marker='o',
                  markersize=4)
        axes.set_title(f'{name}: ECE {bins["ece"]:.1f} %')
        axes.set_xlabel('Confidence (%)')
        axes.set_xlim(0, 100)
        axes.set_ylim(0, 102)
        axes.grid()
    panels[0].set_ylabel('Accuracy (%) of a bin;\ngrey: its share of the images (%)')
    return save_figure(figure, path)
