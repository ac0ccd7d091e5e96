"""Methods: the module whose ``loss()`` is the method, one file each."""

from .frozen_backbone_classifier import FrozenBackboneClassifier
from .sbcl import SBCL, SBCLMoCo
from .sdclr import SDCLR
from .simclr import SimCLR
from .supcon import SupCon
from .supcon_moco import SupConMoCo

__all__ = [
    'SBCL', 'SDCLR', 'FrozenBackboneClassifier', 'SBCLMoCo', 'SimCLR', 'SupCon', 'SupConMoCo'
]
