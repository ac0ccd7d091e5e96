"""Backbones, heads and losses."""

import mmpretrain.models  # noqa: F401  (its types must be found under default_scope='ltplug')

from .backbones import CIFARResNet, ResNet
from .heads import CosineLinearClsHead, LogitAdjustedLinearClsHead
from .losses import (
    BalancedSoftmaxLoss,
    BiGranularityLoss,
    ClassBalancedSigmoidFocalLoss,
    ClassCountLoss,
    KPositiveSupConLoss,
    LabelAwareSmoothingLoss,
    LDAMLoss,
    LogitAdjustedLoss,
    ReweightedCrossEntropyLoss,
    ReweightedFocalLoss,
    SupConLoss,
    TargetedSupConLoss,
)

__all__ = [
    'BalancedSoftmaxLoss', 'BiGranularityLoss', 'CIFARResNet', 'ClassBalancedSigmoidFocalLoss',
    'ClassCountLoss', 'CosineLinearClsHead', 'KPositiveSupConLoss', 'LDAMLoss',
    'LabelAwareSmoothingLoss', 'LogitAdjustedLinearClsHead', 'LogitAdjustedLoss', 'ResNet',
    'ReweightedCrossEntropyLoss', 'ReweightedFocalLoss', 'SupConLoss', 'TargetedSupConLoss'
]
