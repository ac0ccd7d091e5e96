"""Heads that mmpretrain lacks."""

from .cosine_linear_head import CosineLinearClsHead
from .learnable_scale_linear_head import LearnableScaleLinearClsHead
from .logit_adjusted_linear_head import LogitAdjustedLinearClsHead
from .nearest_class_mean_head import NearestClassMeanHead

__all__ = [
    'CosineLinearClsHead', 'LearnableScaleLinearClsHead', 'LogitAdjustedLinearClsHead',
    'NearestClassMeanHead'
]
