"""Optimizer wrappers that mmengine lacks."""

from .epochwise import EpochwiseOptimWrapper
from .mixed_precision import DTYPES, MixedPrecisionOptimWrapper, why_not_available

__all__ = ['DTYPES', 'EpochwiseOptimWrapper', 'MixedPrecisionOptimWrapper', 'why_not_available']
