"""Plots, drawn to files."""

import mmpretrain.visualization  # noqa: F401  (found under default_scope='ltplug')

from .class_distribution import plot_class_distribution
from .class_losses import plot_class_losses
from .confusion import plot_confusion
from .curves import plot_curves
from .decision_map import decision_regions, plot_decision_map
from .embedding import plot_embedding, plot_embeddings
from .gradient_ratios import plot_gradient_ratios
from .group_spread import plot_group_spread
from .image_groups import plot_image_groups
from .label_value import plot_label_value
from .per_class import plot_per_class, plot_per_class_accuracy
from .reliability import plot_reliability
from .retrieval import Shown, plot_retrieval

__all__ = [
    'Shown', 'decision_regions', 'plot_class_distribution', 'plot_class_losses',
    'plot_confusion', 'plot_curves', 'plot_decision_map', 'plot_embedding', 'plot_embeddings',
    'plot_gradient_ratios', 'plot_group_spread', 'plot_image_groups', 'plot_label_value',
    'plot_per_class', 'plot_per_class_accuracy', 'plot_reliability', 'plot_retrieval'
]
