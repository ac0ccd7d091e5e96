"""Losses, one file a family."""

from .balanced_softmax_loss import BalancedSoftmaxLoss
from .bi_granularity_loss import BiGranularityLoss
from .class_count_loss import ClassCountLoss
from .decoupled_supcon_loss import DecoupledSupConLoss, PatchDistillationLoss
from .focal_loss import ClassBalancedSigmoidFocalLoss, ReweightedFocalLoss
from .label_aware_smoothing_loss import LabelAwareSmoothingLoss
from .ldam_loss import LDAMLoss
from .logit_adjusted_loss import LogitAdjustedLoss
from .ntxent_loss import NTXentLoss, ScoreContrastiveLoss
from .rebalanced_consistency_loss import RebalancedConsistencyLoss
from .reweighted_loss import ReweightedCrossEntropyLoss
from .supcon_loss import KPositiveSupConLoss, SupConLoss
from .swav_loss import SwAVLoss
from .targeted_supcon_loss import TargetedSupConLoss

__all__ = [
    'BalancedSoftmaxLoss', 'BiGranularityLoss', 'ClassBalancedSigmoidFocalLoss',
    'ClassCountLoss', 'DecoupledSupConLoss', 'KPositiveSupConLoss', 'LDAMLoss',
    'LabelAwareSmoothingLoss', 'LogitAdjustedLoss', 'NTXentLoss', 'PatchDistillationLoss',
    'RebalancedConsistencyLoss', 'ReweightedCrossEntropyLoss', 'ReweightedFocalLoss',
    'ScoreContrastiveLoss', 'SupConLoss', 'SwAVLoss', 'TargetedSupConLoss'
]
