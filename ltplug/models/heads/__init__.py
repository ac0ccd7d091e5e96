"""Heads that mmpretrain lacks."""

from .cosine_linear_head import CosineLinearClsHead

__all__ = ['CosineLinearClsHead']
