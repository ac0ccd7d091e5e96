"""Heads that mmpretrain lacks."""

from .cosine_linear_head import CosineLinearClsHead
from .logit_adjusted_linear_head import LogitAdjustedLinearClsHead

__all__ = ['CosineLinearClsHead', 'LogitAdjustedLinearClsHead']
