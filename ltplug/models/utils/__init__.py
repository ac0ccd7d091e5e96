"""Parts of models that are neither backbone, neck, head nor loss."""

from .class_targets import ClassTargets
from .data_preprocessor import FeatureDataPreprocessor
from .memory_queue import MemoryQueue, QueueEntries
from .momentum_teacher import MomentumTeacher
from .shuffle_bn import encode_shuffled
from .subclass_table import SubclassTable

__all__ = [
    'ClassTargets', 'FeatureDataPreprocessor', 'MemoryQueue', 'MomentumTeacher', 'QueueEntries',
    'SubclassTable', 'encode_shuffled'
]
