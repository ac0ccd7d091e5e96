"""ltplug: training image classifiers on long-tailed data, on mmengine and mmpretrain."""

from .compat import check_versions
from .version import __version__

check_versions()

__all__ = ['__version__']
