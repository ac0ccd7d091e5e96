"""Transforms of images."""

from .global_patch_views import GlobalPatchViews, draw_patch_boxes
from .load_rgb import LoadRGBImageFromFile
from .strength_rand_augment import StrengthRandAugment

__all__ = ['GlobalPatchViews', 'LoadRGBImageFromFile', 'StrengthRandAugment', 'draw_patch_boxes']
