"""Datasets, samplers and transforms."""

import contextlib
import io

# mmpretrain's types must be found under default_scope='ltplug'. The import prints a line about an
# optional package on stdout, which may be somebody's data.
with contextlib.redirect_stdout(io.StringIO()):
    import mmpretrain.datasets  # noqa: F401

from .digits import Digits
from .draw import Draw, DrawDataset
from .labels import class_counts, gt_labels
from .long_tail_subset import LongTailSubset
from .samplers import (
    ClassAwareSampler,
    ClassBalancedBatchSampler,
    ClassSampler,
    DeferredSampler,
    DrawBatchSampler,
    EffectiveNumberSampler,
    ProgressivelyBalancedSampler,
    WeightedClassSampler,
)

__all__ = [
    'ClassAwareSampler', 'ClassBalancedBatchSampler', 'ClassSampler', 'DeferredSampler', 'Digits',
    'Draw', 'DrawBatchSampler', 'DrawDataset', 'EffectiveNumberSampler', 'LongTailSubset',
    'ProgressivelyBalancedSampler', 'WeightedClassSampler', 'class_counts', 'gt_labels'
]
