"""Methods: the module whose ``loss()`` is the method, one file each."""

from .dscl import DSCL
from .dual_branch_classifier import DualBranchClassifier
from .frozen_backbone_classifier import FrozenBackboneClassifier
from .sbcl import SBCL, SBCLMoCo
from .supcon import SupCon
from .supcon_moco import SupConMoCo

__all__ = [
    'DSCL',
    'SBCL',
    'DualBranchClassifier',
    'FrozenBackboneClassifier',
    'SBCLMoCo',
    'SupCon',
    'SupConMoCo'
]
