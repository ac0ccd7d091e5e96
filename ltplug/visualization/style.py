"""The one look of all plots: colours, sizes, legends, files."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito's palette, which colour-blind people can tell apart, without its grey and black.
COLORS = ('#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9')
MARKERS = ('o', 's', '^', 'D', 'v', 'P')
GREY = '#D9D9D9'
DARK_GREY = '#7A7A7A'
HEAT_MAP = 'cividis'  # its lightness rises steadily, for colour-blind people and on grey paper
WIDTH, HEIGHT = 8.0, 4.5
"""Inches of a plot of one panel."""
PANEL = (4.0, 3.6)
"""Inches of a panel among several."""
_DPI = 150

styled = rc_context({
    'axes.edgecolor': '#4D4D4D', 'axes.labelsize': 10, 'axes.linewidth': 0.8,
    'axes.titlesize': 11, 'figure.constrained_layout.use': True, 'font.size': 10,
    'grid.alpha': 0.5, 'grid.linewidth': 0.4, 'image.cmap': HEAT_MAP, 'legend.fontsize': 9,
    'legend.frameon': False, 'lines.linewidth': 1.6, 'savefig.facecolor': 'white',
    'xtick.labelsize': 9, 'ytick.labelsize': 9,
})
"""Decorator of every function that draws."""


def color(number: int) -> str:
    """Return the colour of the run, class or group with this number."""
    return COLORS[number % len(COLORS)]


def marker(number: int) -> str:
    """Return the marker of the run with this number; the same shape as its colour's turn."""
    return MARKERS[number % len(MARKERS)]


def add_legend(figure: Figure, axes: Axes | Sequence[Axes]) -> None:
    """Name what is drawn in a row above the plot, where it hides nothing.

    Args:
        figure (Figure): The plot.
        axes (Axes or Sequence[Axes]): Where the named things are; a name stands once.
    """
    named = {}
    for each in [axes] if isinstance(axes, Axes) else axes:
        for handle, name in zip(*each.get_legend_handles_labels(), strict=True):
            named.setdefault(name, handle)
    if named:
        column = max(map(len, named)) + 7  # in letters, of which about 15 are an inch wide
        figure.legend(named.values(), named.keys(), loc='outside upper center',
                      ncols=max(1, int(15 * figure.get_figwidth() / column)))


def save_figure(figure: Figure, path: str | Path) -> Path:
    """Write a figure, making the folder if needed, and return its path."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=_DPI)
    return path
