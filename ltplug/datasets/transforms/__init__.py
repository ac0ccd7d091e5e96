"""Transforms of images."""

from .strength_rand_augment import StrengthRandAugment

__all__ = ['StrengthRandAugment']
