"""Methods: the module whose ``loss()`` is the method, one file each."""

from .alternating_fassl import AlternatingFASSL
from .bcl import BCL
from .byol import BYOL
from .consistency import MeanTeacherClassifier, VATClassifier
from .dscl import DSCL
from .dual_branch_classifier import DualBranchClassifier
from .frozen_backbone_classifier import FrozenBackboneClassifier
from .jigsaw_predictor import JigsawPredictor
from .moco import MoCo
from .prototype_learner import PrototypeLearner
from .prototypical_rebalanced_ssl import PrototypicalRebalancedSSL
from .rotation_predictor import RotationPredictor
from .sbcl import SBCL, SBCLMoCo
from .sdclr import SDCLR
from .self_training import SelfTrainingClassifier
from .simclr import SimCLR
from .supcon import SupCon
from .supcon_moco import SupConMoCo

__all__ = [
    'BCL',
    'BYOL',
    'DSCL',
    'SBCL',
    'SDCLR',
    'AlternatingFASSL',
    'DualBranchClassifier',
    'FrozenBackboneClassifier',
    'JigsawPredictor',
    'MeanTeacherClassifier',
    'MoCo',
    'PrototypeLearner',
    'PrototypicalRebalancedSSL',
    'RotationPredictor',
    'SBCLMoCo',
    'SelfTrainingClassifier',
    'SimCLR',
    'SupCon',
    'SupConMoCo',
    'VATClassifier'
]
