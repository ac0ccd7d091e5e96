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
    DecoupledSupConLoss,
    KPositiveSupConLoss,
    LabelAwareSmoothingLoss,
    LDAMLoss,
    LogitAdjustedLoss,
    PatchDistillationLoss,
    ReweightedCrossEntropyLoss,
    ReweightedFocalLoss,
    SupConLoss,
    TargetedSupConLoss,
)
from .methods import (
    DSCL,
    SBCL,
    DualBranchClassifier,
    FrozenBackboneClassifier,
    SBCLMoCo,
    SupCon,
    SupConMoCo,
)
from .utils import ClassTargets, FeatureDataPreprocessor, MemoryQueue

__all__ = [
    'DSCL',
    'SBCL',
    'BalancedSoftmaxLoss',
    'BiGranularityLoss',
    'CIFARResNet',
    'ClassBalancedSigmoidFocalLoss',
    'ClassCountLoss',
    'ClassTargets',
    'CosineLinearClsHead',
    'DecoupledSupConLoss',
    'DualBranchClassifier',
    'FeatureDataPreprocessor',
    'FrozenBackboneClassifier',
    'KPositiveSupConLoss',
    'LDAMLoss',
    'LabelAwareSmoothingLoss',
    'LearnableScaleLinearClsHead',
    'LogitAdjustedLinearClsHead',
    'LogitAdjustedLoss',
    'MemoryQueue',
    'NearestClassMeanHead',
    'PatchDistillationLoss',
    'ResNet',
    'ReweightedCrossEntropyLoss',
    'ReweightedFocalLoss',
    'SBCLMoCo',
    'SupCon',
    'SupConLoss',
    'SupConMoCo',
    'TargetedSupConLoss'
]
