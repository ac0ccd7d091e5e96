"""What the scripts of ``tools/`` do, as functions."""

from ltplug.zoo import find_config, list_configs

from .classifier import Classifier
from .exporting import export
from .group_accuracies import GroupMetrics, group_metrics
from .loading import load_model
from .predictions import Prediction, Predictions
from .recipes import run_recipe
from .run import run
from .testing import test
from .training import train

__all__ = [
    'Classifier', 'GroupMetrics', 'Prediction', 'Predictions', 'export', 'find_config',
    'group_metrics', 'list_configs', 'load_model', 'run', 'run_recipe', 'test', 'train'
]
