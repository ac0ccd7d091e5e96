"""Pure functions on arrays and tensors: the mathematics of ltplug."""

from .balanced_clustering import (
    balanced_clusters,
    capacity_assignment,
    changed_share,
    cluster_classes,
)
from .bootstrap import bootstrap_accuracies, interval_and_p_value
from .calibration import expected_calibration_error, reliability_bins
from .class_targets import assign_targets, target_uniformity, uniform_targets
from .class_temperatures import class_temperatures
from .class_weights import class_weights, effective_number_weights
from .confusion import block_confusion, frequent_confusions
from .contrastive import (
    bi_granularity_terms,
    full_precision,
    key_and_queue_similarities,
    mean_positive_loss,
    pick_positives,
    similarities,
)
from .decoupled import (
    decoupled_targets,
    distillation_terms,
    gradient_ratio,
    soft_target_cross_entropy,
)
from .feature_distances import subclass_distances
from .focal import focal_factor
from .groups import frequency_order, shot_groups, tertile_groups
from .knn import knn_classify
from .label_smoothing import label_aware_smoothing, smooth_scores
from .logit_adjustment import log_priors, posthoc_logit_adjustment
from .long_tail import long_tail_counts
from .margins import ldam_margins
from .memorization import memorization_strengths
from .nearest_class_mean import class_means, nearest_class_mean_logits, normalize_features
from .patches import pool_patches
from .prototypes import align_signs, prototype_weights, rebalancing_weights, similarity_sums
from .pruning import magnitude_masks
from .rank_correlation import rank_correlation
from .rotations import balanced_quarter_turns, rotate_quarter_turns
from .sinkhorn import sinkhorn
from .tau_normalization import tau_normalize
from .tsne import tsne_embedding

__all__ = [
    'align_signs', 'assign_targets', 'balanced_clusters', 'balanced_quarter_turns',
    'bi_granularity_terms', 'block_confusion', 'bootstrap_accuracies', 'capacity_assignment',
    'changed_share', 'class_means', 'class_temperatures', 'class_weights', 'cluster_classes',
    'decoupled_targets', 'distillation_terms', 'effective_number_weights',
    'expected_calibration_error', 'focal_factor', 'frequency_order', 'frequent_confusions',
    'full_precision', 'gradient_ratio', 'interval_and_p_value', 'key_and_queue_similarities',
    'knn_classify', 'label_aware_smoothing', 'ldam_margins', 'log_priors', 'long_tail_counts',
    'magnitude_masks', 'mean_positive_loss', 'memorization_strengths',
    'nearest_class_mean_logits', 'normalize_features', 'pick_positives', 'pool_patches',
    'posthoc_logit_adjustment', 'prototype_weights', 'rank_correlation', 'rebalancing_weights',
    'reliability_bins', 'rotate_quarter_turns', 'shot_groups', 'similarities',
    'similarity_sums', 'sinkhorn', 'smooth_scores', 'soft_target_cross_entropy',
    'subclass_distances', 'target_uniformity', 'tau_normalize', 'tertile_groups',
    'tsne_embedding', 'uniform_targets'
]
