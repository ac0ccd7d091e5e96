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
    SwAVLoss,
    TargetedSupConLoss,
)
from .methods import (
    BCL,
    SBCL,
    SDCLR,
    FrozenBackboneClassifier,
    PrototypeLearner,
    PrototypicalRebalancedSSL,
    SBCLMoCo,
    SimCLR,
    SupCon,
    SupConMoCo,
)
from .utils import (
    ClassTargets,
    DualBN,
    DualSyncBN,
    FeatureDataPreprocessor,
    MemoryQueue,
    PrunableConv2d,
)

__all__ = [
    'BCL', 'SBCL', 'SDCLR', 'BalancedSoftmaxLoss', 'BiGranularityLoss', 'CIFARResNet',
    'ClassBalancedSigmoidFocalLoss', 'ClassCountLoss', 'ClassTargets', 'CosineLinearClsHead',
    'DualBN', 'DualSyncBN', 'FeatureDataPreprocessor', 'FrozenBackboneClassifier',
    'KPositiveSupConLoss', 'LDAMLoss', 'LabelAwareSmoothingLoss', 'LearnableScaleLinearClsHead',
    'LogitAdjustedLinearClsHead', 'LogitAdjustedLoss', 'MemoryQueue', 'NTXentLoss',
    'NearestClassMeanHead', 'PrototypeLearner', 'PrototypicalRebalancedSSL', 'PrunableConv2d',
    'RebalancedConsistencyLoss', 'ResNet', 'ReweightedCrossEntropyLoss', 'ReweightedFocalLoss',
    'SBCLMoCo', 'ScoreContrastiveLoss', 'SimCLR', 'SupCon', 'SupConLoss', 'SupConMoCo',
    'SwAVLoss', 'TargetedSupConLoss'
]
