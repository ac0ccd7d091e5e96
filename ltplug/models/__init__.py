"""Backbones, heads and losses."""

import mmpretrain.models  # noqa: F401  (its types must be found under default_scope='ltplug')

from .backbones import CIFARResNet, ResNet
from .heads import (
    CosineLinearClsHead,
    LearnableScaleLinearClsHead,
    LogitAdjustedLinearClsHead,
    NearestClassMeanHead,
)
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
from .methods import DualBranchClassifier, FrozenBackboneClassifier
from .utils import FeatureDataPreprocessor

__all__ = [
    'BalancedSoftmaxLoss', 'CIFARResNet', 'ClassBalancedSigmoidFocalLoss', 'ClassCountLoss',
    'CosineLinearClsHead', 'DualBranchClassifier', 'FeatureDataPreprocessor',
    'FrozenBackboneClassifier', 'LDAMLoss', 'LabelAwareSmoothingLoss',
    'LearnableScaleLinearClsHead', 'LogitAdjustedLinearClsHead', 'LogitAdjustedLoss',
    'NearestClassMeanHead', 'ResNet', 'ReweightedCrossEntropyLoss', 'ReweightedFocalLoss'
]
