"""ltplug: training image classifiers on long-tailed data, on mmengine and mmpretrain."""

from .compat import is_command, prepare
from .version import __version__

if not is_command():
    prepare()

__all__ = ['__version__']
