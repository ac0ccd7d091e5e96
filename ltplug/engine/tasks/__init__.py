"""Steps of a recipe that do not train."""

from .align_signs import AlignSignsTask
from .base import StageTask, TaskContext
from .linear_classifier import LogitAdjustmentTask, TauNormalizationTask
from .nearest_class_mean import NearestClassMeanTask

__all__ = [
    'AlignSignsTask', 'LogitAdjustmentTask', 'NearestClassMeanTask', 'StageTask', 'TaskContext',
    'TauNormalizationTask'
]
