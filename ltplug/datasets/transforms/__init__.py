"""Transforms of images."""

from .global_patch_views import GlobalPatchViews
from .strength_rand_augment import StrengthRandAugment

__all__ = ['GlobalPatchViews', 'StrengthRandAugment']
