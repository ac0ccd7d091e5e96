"""Methods: the module whose ``loss()`` is the method, one file each."""

from .dual_branch_classifier import DualBranchClassifier
from .frozen_backbone_classifier import FrozenBackboneClassifier

__all__ = ['DualBranchClassifier', 'FrozenBackboneClassifier']
