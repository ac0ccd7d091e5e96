"""What the scripts of ``tools/`` do, as functions."""

from .test import test
from .train import train

__all__ = ['test', 'train']
