"""Steps of a recipe that do not train."""

from .base import StageTask, TaskContext
from .linear_classifier import LogitAdjustmentTask, TauNormalizationTask
from .nearest_class_mean import NearestClassMeanTask

__all__ = [
    'LogitAdjustmentTask', 'NearestClassMeanTask', 'StageTask', 'TaskContext',
    'TauNormalizationTask'
]
