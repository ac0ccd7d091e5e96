"""What the scripts of ``tools/`` do, as functions."""

from .recipes import run, run_recipe
from .testing import test
from .training import train

__all__ = ['run', 'run_recipe', 'test', 'train']
