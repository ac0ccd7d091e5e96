"""Transforms of images."""

from .global_patch_views import GlobalPatchViews, draw_patch_boxes

__all__ = ['GlobalPatchViews', 'draw_patch_boxes']
