"""Steps of a recipe that do not train."""

from .align_signs import AlignSignsTask
from .base import StageTask, TaskContext
from .linear_classifier import LogitAdjustmentTask, TauNormalizationTask
from .nearest_class_mean import NearestClassMeanTask
from .pseudo_label import PseudoLabelTask

__all__ = [
    'AlignSignsTask', 'LogitAdjustmentTask', 'NearestClassMeanTask', 'PseudoLabelTask', 'StageTask',
    'TaskContext', 'TauNormalizationTask'
]
