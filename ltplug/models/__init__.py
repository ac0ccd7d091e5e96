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
    BiGranularityLoss,
    ClassBalancedSigmoidFocalLoss,
    ClassCountLoss,
    KPositiveSupConLoss,
    LabelAwareSmoothingLoss,
    LDAMLoss,
    LogitAdjustedLoss,
    NTXentLoss,
    RebalancedConsistencyLoss,
    ReweightedCrossEntropyLoss,
    ReweightedFocalLoss,
    ScoreContrastiveLoss,
    SupConLoss,
    TargetedSupConLoss,
)
from .methods import SBCL, FrozenBackboneClassifier, SBCLMoCo, SupCon, SupConMoCo
from .utils import ClassTargets, FeatureDataPreprocessor, MemoryQueue

__all__ = [
    'SBCL', 'BalancedSoftmaxLoss', 'BiGranularityLoss', 'CIFARResNet',
    'ClassBalancedSigmoidFocalLoss', 'ClassCountLoss', 'ClassTargets', 'CosineLinearClsHead',
    'FeatureDataPreprocessor', 'FrozenBackboneClassifier', 'KPositiveSupConLoss', 'LDAMLoss',
    'LabelAwareSmoothingLoss', 'LearnableScaleLinearClsHead', 'LogitAdjustedLinearClsHead',
    'LogitAdjustedLoss', 'MemoryQueue', 'NTXentLoss', 'NearestClassMeanHead',
    'RebalancedConsistencyLoss', 'ResNet', 'ReweightedCrossEntropyLoss', 'ReweightedFocalLoss',
    'SBCLMoCo', 'ScoreContrastiveLoss', 'SupCon', 'SupConLoss', 'SupConMoCo', 'TargetedSupConLoss'
]
