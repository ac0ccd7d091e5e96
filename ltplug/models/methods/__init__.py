"""Methods: the module whose ``loss()`` is the method, one file each."""

from .frozen_backbone_classifier import FrozenBackboneClassifier

__all__ = ['FrozenBackboneClassifier']
