"""Plots, drawn to files."""

import mmpretrain.visualization  # noqa: F401  (found under default_scope='ltplug')

from .per_class import plot_per_class_accuracy

__all__ = ['plot_per_class_accuracy']
