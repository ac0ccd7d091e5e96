"""Methods: the module whose ``loss()`` is the method, one file each."""

from .alternating_fassl import AlternatingFASSL
from .bcl import BCL
from .dscl import DSCL
from .dual_branch_classifier import DualBranchClassifier
from .frozen_backbone_classifier import FrozenBackboneClassifier
from .prototype_learner import PrototypeLearner
from .prototypical_rebalanced_ssl import PrototypicalRebalancedSSL
from .sbcl import SBCL, SBCLMoCo
from .sdclr import SDCLR
from .simclr import SimCLR
from .supcon import SupCon
from .supcon_moco import SupConMoCo

__all__ = [
    'BCL',
    'DSCL',
    'SBCL',
    'SDCLR',
    'AlternatingFASSL',
    'DualBranchClassifier',
    'FrozenBackboneClassifier',
    'PrototypeLearner',
    'PrototypicalRebalancedSSL',
    'SBCLMoCo',
    'SimCLR',
    'SupCon',
    'SupConMoCo'
]
