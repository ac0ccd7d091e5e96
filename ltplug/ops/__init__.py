"""Pure functions on arrays and tensors: the mathematics of ltplug."""

from .class_weights import class_weights, effective_number_weights
from .focal import focal_factor
from .groups import shot_groups, tertile_groups
from .knn import knn_classify
from .label_smoothing import label_aware_smoothing, smooth_scores
from .logit_adjustment import log_priors, posthoc_logit_adjustment
from .long_tail import long_tail_counts
from .margins import ldam_margins
from .nearest_class_mean import class_means, nearest_class_mean_logits, normalize_features
from .rotations import balanced_quarter_turns, rotate_quarter_turns
from .tau_normalization import tau_normalize

__all__ = [
    'balanced_quarter_turns', 'class_means', 'class_weights', 'effective_number_weights',
    'focal_factor', 'knn_classify', 'label_aware_smoothing', 'ldam_margins', 'log_priors',
    'long_tail_counts', 'nearest_class_mean_logits', 'normalize_features',
    'posthoc_logit_adjustment', 'rotate_quarter_turns', 'shot_groups', 'smooth_scores',
    'tau_normalize', 'tertile_groups'
]
