"""Transforms of images."""

from .global_patch_views import GlobalPatchViews, draw_patch_boxes
from .strength_rand_augment import StrengthRandAugment

__all__ = ['GlobalPatchViews', 'StrengthRandAugment', 'draw_patch_boxes']
