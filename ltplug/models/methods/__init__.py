"""Methods: modules whose ``loss()`` is the method."""

from .sbcl import SBCL, SBCLMoCo
from .supcon import SupCon
from .supcon_moco import SupConMoCo

__all__ = ['SBCL', 'SBCLMoCo', 'SupCon', 'SupConMoCo']
