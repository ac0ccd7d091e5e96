"""Samplers: which images an epoch draws, the same for any number of processes."""

from .class_aware_sampler import ClassAwareSampler
from .class_balanced_batch_sampler import ClassBalancedBatchSampler
from .class_sampler import ClassSampler
from .deferred_sampler import DeferredSampler
from .draw_batch_sampler import DrawBatchSampler
from .dual_branch_batch_sampler import DualBranchBatchSampler
from .effective_number_sampler import EffectiveNumberSampler
from .progressively_balanced_sampler import ProgressivelyBalancedSampler
from .strength_draw_batch_sampler import StrengthDrawBatchSampler
from .weighted_class_sampler import WeightedClassSampler

__all__ = [
    'ClassAwareSampler', 'ClassBalancedBatchSampler', 'ClassSampler', 'DeferredSampler',
    'DrawBatchSampler', 'DualBranchBatchSampler', 'EffectiveNumberSampler',
    'ProgressivelyBalancedSampler', 'StrengthDrawBatchSampler', 'WeightedClassSampler'
]
