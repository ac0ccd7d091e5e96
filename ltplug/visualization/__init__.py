"""Plots, drawn to files."""

import mmpretrain.visualization  # noqa: F401  (found under default_scope='ltplug')

from .class_distribution import plot_class_distribution
from .class_losses import plot_class_losses
from .confusion import plot_confusion
from .curves import plot_curves
from .embedding import plot_embedding
from .group_spread import plot_group_spread
from .per_class import plot_per_class, plot_per_class_accuracy
from .reliability import plot_reliability

__all__ = [
    'plot_class_distribution', 'plot_class_losses', 'plot_confusion', 'plot_curves',
    'plot_embedding', 'plot_group_spread', 'plot_per_class', 'plot_per_class_accuracy',
    'plot_reliability'
]
