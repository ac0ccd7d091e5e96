"""Plots, drawn to files."""

import mmpretrain.visualization  # noqa: F401  (found under default_scope='ltplug')

from .class_distribution import plot_class_distribution
from .class_losses import plot_class_losses
from .embedding import plot_embedding, plot_embeddings, tsne
from .image_groups import plot_image_groups
from .per_class import plot_per_class, plot_per_class_accuracy

__all__ = [
    'plot_class_distribution', 'plot_class_losses', 'plot_embedding', 'plot_embeddings',
    'plot_image_groups', 'plot_per_class', 'plot_per_class_accuracy', 'tsne'
]
