"""Backbones, heads, losses and methods."""

import mmpretrain.models  # noqa: F401  (its types must be found under default_scope='ltplug')

from .backbones import CIFARResNet, ResNet
from .heads import CosineLinearClsHead, LogitAdjustedLinearClsHead
from .losses import (
    BalancedSoftmaxLoss,
    ClassBalancedSigmoidFocalLoss,
    ClassCountLoss,
    LabelAwareSmoothingLoss,
    LDAMLoss,
    LogitAdjustedLoss,
    ReweightedCrossEntropyLoss,
    ReweightedFocalLoss,
)
from .methods import DualBranchClassifier

__all__ = [
    'BalancedSoftmaxLoss', 'CIFARResNet', 'ClassBalancedSigmoidFocalLoss', 'ClassCountLoss',
    'CosineLinearClsHead', 'DualBranchClassifier', 'LDAMLoss', 'LabelAwareSmoothingLoss',
    'LogitAdjustedLinearClsHead', 'LogitAdjustedLoss', 'ResNet', 'ReweightedCrossEntropyLoss',
    'ReweightedFocalLoss'
]
