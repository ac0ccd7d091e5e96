"""Pure functions on arrays and tensors: the mathematics of ltplug."""

from .balanced_clustering import (
    balanced_clusters,
    capacity_assignment,
    changed_share,
    cluster_classes,
)
from .batched_blurs import gaussian_blurs
from .batched_colors import (
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
    grayscale,
)
from .batched_crops import affine_images, draw_crop_boxes
from .batched_resampling import resampling_matrices, resized_crops
from .bootstrap import bootstrap_accuracies, interval_and_p_value
from .calibration import expected_calibration_error, reliability_bins
from .class_targets import assign_targets, target_uniformity, uniform_targets
from .class_temperatures import class_temperatures
from .class_weights import class_weights, effective_number_weights
from .confusion import block_confusion, frequent_confusions
from .consistency import (
    adversarial_perturbation,
    prediction_distance,
    prediction_divergence,
    ramp_up,
)
from .contrastive import (
    bi_granularity_terms,
    full_precision,
    key_and_queue_similarities,
    mean_positive_loss,
    pick_positives,
    similarities,
)
from .curves import curve_differences, smooth_curves
from .decoupled import (
    decoupled_targets,
    distillation_terms,
    gradient_ratio,
    soft_target_cross_entropy,
)
from .feature_distances import subclass_distances
from .focal import focal_factor
from .groups import frequency_order, shot_groups, tertile_groups
from .jigsaw import cut_tiles, distant_permutations, normalize_tiles
from .knn import knn_classify
from .label_smoothing import label_aware_smoothing, smooth_scores
from .label_value import (
    linear_classifier_error,
    pretrained_bound_confidence,
    pretrained_error_bound,
    pseudo_label_centre,
    pseudo_label_failure_bound,
    simulate_pretrained_errors,
    simulate_pseudo_label_estimates,
)
from .logit_adjustment import log_priors, posthoc_logit_adjustment
from .long_tail import long_tail_counts, unlabeled_counts
from .margins import ldam_margins
from .memorization import memorization_strengths
from .nearest_class_mean import class_means, nearest_class_mean_logits, normalize_features
from .patch_boxes import draw_patch_boxes
from .patches import pool_patches, response_maps, salient_boxes
from .prototypes import (
    align_signs,
    nearest_images,
    prototype_weights,
    rebalancing_weights,
    similarity_sums,
)
from .pruning import magnitude_masks
from .rank_correlation import rank_correlation
from .rotations import balanced_quarter_turns, rotate_quarter_turns
from .sinkhorn import sinkhorn
from .tau_normalization import tau_normalize
from .tsne import tsne_embedding

__all__ = [
    'adjust_brightness', 'adjust_contrast', 'adjust_hue', 'adjust_saturation',
    'adversarial_perturbation', 'affine_images', 'align_signs', 'assign_targets',
    'balanced_clusters', 'balanced_quarter_turns', 'bi_granularity_terms', 'block_confusion',
    'bootstrap_accuracies', 'capacity_assignment', 'changed_share', 'class_means',
    'class_temperatures', 'class_weights', 'cluster_classes', 'curve_differences', 'cut_tiles',
    'decoupled_targets',
    'distant_permutations', 'distillation_terms', 'draw_crop_boxes', 'draw_patch_boxes',
    'effective_number_weights', 'expected_calibration_error', 'focal_factor', 'frequency_order',
    'frequent_confusions', 'full_precision', 'gaussian_blurs', 'gradient_ratio', 'grayscale',
    'interval_and_p_value', 'key_and_queue_similarities', 'knn_classify',
    'label_aware_smoothing', 'ldam_margins', 'linear_classifier_error', 'log_priors',
    'long_tail_counts', 'magnitude_masks', 'mean_positive_loss', 'memorization_strengths',
    'nearest_class_mean_logits', 'nearest_images', 'normalize_features', 'normalize_tiles',
    'pick_positives', 'pool_patches', 'posthoc_logit_adjustment', 'prediction_distance',
    'prediction_divergence', 'pretrained_bound_confidence', 'pretrained_error_bound',
    'prototype_weights', 'pseudo_label_centre', 'pseudo_label_failure_bound', 'ramp_up',
    'rank_correlation', 'rebalancing_weights', 'reliability_bins', 'resampling_matrices',
    'resized_crops', 'response_maps', 'rotate_quarter_turns', 'salient_boxes', 'shot_groups',
    'similarities', 'similarity_sums', 'simulate_pretrained_errors',
    'simulate_pseudo_label_estimates', 'sinkhorn', 'smooth_curves', 'smooth_scores',
    'soft_target_cross_entropy', 'subclass_distances', 'target_uniformity', 'tau_normalize',
    'tertile_groups', 'tsne_embedding', 'uniform_targets', 'unlabeled_counts'
]
