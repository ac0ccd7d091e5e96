"""Metrics and the tables they print."""

import mmpretrain.evaluation  # noqa: F401  (its types must be found under default_scope='ltplug')

from .group_accuracy import GroupAccuracy
from .prediction_record import PredictionRecord
from .save_predictions import SavePredictions
from .tables import comparison_table, group_table

__all__ = ['GroupAccuracy', 'PredictionRecord', 'SavePredictions', 'comparison_table',
           'group_table']
