"""What the scripts of ``tools/`` do, as functions."""

from .recipes import run_recipe
from .run import run
from .testing import test
from .training import train

__all__ = ['run', 'run_recipe', 'test', 'train']
