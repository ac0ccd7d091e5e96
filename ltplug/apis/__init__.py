"""What the scripts of ``tools/`` do, as functions."""

from .testing import test
from .training import train

__all__ = ['test', 'train']
