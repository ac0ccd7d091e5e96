"""Methods, one file each: the module whose ``loss`` is the method."""

from .dual_branch_classifier import DualBranchClassifier

__all__ = ['DualBranchClassifier']
