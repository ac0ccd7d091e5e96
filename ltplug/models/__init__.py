"""Backbones, heads and losses."""

import mmpretrain.models  # noqa: F401  (its types must be found under default_scope='ltplug')

from .backbones import CIFARResNet
from .heads import CosineLinearClsHead
from .losses import BalancedSoftmaxLoss, ClassCountLoss, LDAMLoss, ReweightedCrossEntropyLoss

__all__ = [
    'BalancedSoftmaxLoss', 'CIFARResNet', 'ClassCountLoss', 'CosineLinearClsHead', 'LDAMLoss',
    'ReweightedCrossEntropyLoss'
]
