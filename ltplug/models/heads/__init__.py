"""Heads that mmpretrain lacks."""

from .cosine_linear_head import CosineLinearClsHead
from .learnable_scale_linear_head import LearnableScaleLinearClsHead
from .logit_adjusted_linear_head import LogitAdjustedLinearClsHead
from .nearest_class_mean_head import NearestClassMeanHead
from .weight_norms import weight_norms

__all__ = [
    'CosineLinearClsHead', 'LearnableScaleLinearClsHead', 'LogitAdjustedLinearClsHead',
    'NearestClassMeanHead', 'weight_norms'
]
