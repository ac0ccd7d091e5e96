"""Pure functions on arrays and tensors: the mathematics of ltplug."""

from .class_weights import class_weights, effective_number_weights
from .focal import focal_factor
from .groups import shot_groups, tertile_groups
from .label_smoothing import label_aware_smoothing, smooth_scores
from .logit_adjustment import log_priors, posthoc_logit_adjustment
from .long_tail import long_tail_counts
from .margins import ldam_margins
from .rotations import balanced_quarter_turns, rotate_quarter_turns

__all__ = [
    'balanced_quarter_turns', 'class_weights', 'effective_number_weights', 'focal_factor',
    'label_aware_smoothing', 'ldam_margins', 'log_priors', 'long_tail_counts',
    'posthoc_logit_adjustment', 'rotate_quarter_turns', 'shot_groups', 'smooth_scores',
    'tertile_groups'
]
