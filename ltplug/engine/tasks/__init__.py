"""Steps of a recipe that do not train."""

from .base import StageTask, TaskContext

__all__ = ['StageTask', 'TaskContext']
