"""Parts of models that are neither backbone, neck, head nor loss."""

from .batch_statistics import running_statistics_kept
from .class_targets import ClassTargets
from .data_preprocessor import FeatureDataPreprocessor
from .memory_queue import MemoryQueue, QueueEntries
from .shuffle_bn import encode_shuffled
from .subclass_table import SubclassTable

__all__ = [
    'ClassTargets', 'FeatureDataPreprocessor', 'MemoryQueue', 'QueueEntries', 'SubclassTable',
    'encode_shuffled', 'running_statistics_kept'
]
