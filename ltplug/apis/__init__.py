"""What the scripts of ``tools/`` do, as functions."""

from ltplug.zoo import find_config, list_configs

from .recipes import run_recipe
from .run import run
from .testing import test
from .training import train

__all__ = ['find_config', 'list_configs', 'run', 'run_recipe', 'test', 'train']
