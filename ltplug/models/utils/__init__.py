"""Parts of methods that hold state."""

from .class_targets import ClassTargets
from .memory_queue import MemoryQueue, QueueEntries
from .shuffle_bn import encode_shuffled
from .subclass_table import SubclassTable

__all__ = ['ClassTargets', 'MemoryQueue', 'QueueEntries', 'SubclassTable', 'encode_shuffled']
