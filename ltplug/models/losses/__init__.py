"""Losses, one file a family."""

from .balanced_softmax_loss import BalancedSoftmaxLoss
from .class_count_loss import ClassCountLoss
from .focal_loss import ClassBalancedSigmoidFocalLoss, ReweightedFocalLoss
from .label_aware_smoothing_loss import LabelAwareSmoothingLoss
from .ldam_loss import LDAMLoss
from .logit_adjusted_loss import LogitAdjustedLoss
from .reweighted_loss import ReweightedCrossEntropyLoss

__all__ = [
    'BalancedSoftmaxLoss', 'ClassBalancedSigmoidFocalLoss', 'ClassCountLoss', 'LDAMLoss',
    'LabelAwareSmoothingLoss', 'LogitAdjustedLoss', 'ReweightedCrossEntropyLoss',
    'ReweightedFocalLoss'
]
