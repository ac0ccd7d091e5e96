"""Every golden number is compared with somewhere, or it is said why not."""

import importlib
import re

import pytest

LOSSES = 'tests.models.losses.test_'
HEADS = 'tests.models.heads.test_'
OPS = 'tests.ops.test_'
HOOKS = 'tests.engine.hooks.test_'
SAMPLERS = 'tests.datasets.samplers.test_'
SUBSET = 'tests.datasets.test_long_tail_subset.'
METRIC = 'tests.evaluation.test_group_accuracy.'
DSCL = 'tests.models.losses.test_decoupled_supcon_loss.test_'
SCHEDULES = 'tests.configs.test_schedules.'

NOT_DELIVERED = 'of a method or a stage that ltplug does not have'
WRONG_ON_PURPOSE = 'of code that computes something else than its paper'
OTHER_OPTION = 'of an option that ltplug does not have'
OTHER_DRAWS = 'one random order, of which only the statistics matter'
SAME_AGAIN = 'the same numbers in another layout, or by code that overflows'

COVERED = {
    'rebal_losses': {
        r'cbw_\w+': f'{OPS}class_weights.test_effective_number_weights_equal_the_reference',
        r'bf_cbw_.*': f'{OPS}class_weights.test_effective_number_weights_at_other_betas',
        r'bf_invfreq_.*': f'{OPS}class_weights.test_inverse_weights',
        r'ldam_margins_.*': f'{OPS}class_weights.test_margins_equal_the_reference',
        r'drw_.*': f'{HOOKS}deferred_reweighting.test_weights_of_the_phases_equal_the_reference',
        r'(in_feat|in_normed_weight_DxC|cosine_logits)|.*_grad_(feat|W)':
            f'{LOSSES}class_count_losses.test_ldam_through_the_cosine_head',
        r'ldam_(plain|drw)_m[\d.]+_s\d+(_grad)?':
            f'{LOSSES}class_count_losses.test_ldam_equals_the_reference',
        r'in_(counts|target|logits)|ce_(plain|drw)(_grad)?|bf_ce_(plain|drw)_divB':
            f'{LOSSES}class_count_losses.test_weighted_cross_entropy_through_the_linear_head',
        r'bf_cb_softmax_.*':
            f'{LOSSES}class_count_losses.test_class_balanced_softmax_equals_the_brute_force',
        r'bf_focal_softmax_.*': f'{LOSSES}focal_loss.test_weights_outside_the_probability',
        r'focal_ldamrepo_.*': f'{LOSSES}focal_loss.test_weights_inside_the_probability',
        r'cb_sigmoidfocal_.*': f'{LOSSES}focal_loss.test_sigmoid_focal_equals_the_reference',
        r'(bf_)?balsoftmax(_grad)?':
            f'{LOSSES}logit_adjusted_loss.test_balanced_softmax_equals_the_reference',
        r'bf_la_train_.*':
            f'{LOSSES}logit_adjusted_loss.test_value_and_gradient_equal_the_brute_force',
        r'bf_la_posthoc_.*':
            f'{OPS}logit_adjustment.test_posthoc_adjustment_equals_the_brute_force',
        r'las_[a-z]+(_grad)?':
            f'{LOSSES}label_aware_smoothing_loss.test_value_and_gradient_equal_the_reference',
        r'las_[a-z]+_eps(_cifar100)?': f'{OPS}label_smoothing.test_smoothing_equals_the_reference',
        r'bf_las_concave_papertext':
            f'{LOSSES}label_aware_smoothing_loss.test_the_form_of_the_papers_text',
        r'(in_)?ride_.*|bf_m2m_.*': NOT_DELIVERED,
        r'cb_portsoftmax_.*': WRONG_ON_PURPOSE,
    },
    'rebal_classifiers': {
        r'in_W|in_feat|tau.*':
            f'{OPS}tau_normalization.test_weights_and_logits_equal_the_reference',
        r'lws_init_.*': f'{HEADS}learnable_scale_linear_head.test_scales_start_at_one',
        r'in_bias|in_lws_scales|lws_scaled_logits|bf_lws_.*':
            f'{HEADS}learnable_scale_linear_head.test_logits_equal_the_reference',
        r'in_target|lws_scales_grad':
            f'{HEADS}learnable_scale_linear_head.'
            'test_the_gradient_of_the_scales_equals_the_reference',
        r'in_ncm_.*|ncm_(mean|uncs|l2ncs|cl2ncs)':
            f'{OPS}nearest_class_mean.test_means_equal_the_reference',
        r'ncm_(un|l2n|cl2n)_(l2|cos)_(logits|pred)':
            f'{OPS}nearest_class_mean.test_logits_and_classes_equal_the_reference',
        r'(in_)?oltr_.*|maxnorm.*|mislas_.*|(in_)?range_.*': NOT_DELIVERED,
    },
    'rebal_counts': {
        r'(cifar10|cifar100|svhn_rank)_.*': f'{OPS}long_tail.test_counts_equal_the_reference',
        r'm2mvariant_.*': f'{OPS}long_tail.test_powers_of_a_rounded_base_would_differ',
        r'(in_)?select_.*|svhn_by_class_.*': f'{SUBSET}test_selection_equals_the_reference',
        r'bf_cifar100_.*_shots': f'{OPS}groups.test_group_sizes_of_cifar100_lt',
        r'(imagenet|places)_lt_train_counts|bf_(imagenet|places)_lt_shots':
            f'{OPS}groups.test_group_sizes_of_the_public_lists',
        r'unlab5x_.*': f'{OPS}long_tail.test_sizes_of_unlabelled_pools_equal_the_reference',
    },
    'rebal_shots': {
        r'bf_(strict|inclusive)_group': f'{OPS}groups.test_shot_groups_equal_the_reference',
        r'in_(train_counts|preds|labels)|(strict|inclusive)_many_medium_few|per_class_acc|'
        r'micro_acc|bf_mean_class_acc': f'{METRIC}test_groups_equal_the_reference',
        r'(strict_)?class9_absent.*':
            f'{METRIC}test_a_class_absent_from_the_test_set_is_skipped',
        r'strict_no_many|inclusive_no_many_is_nan': f'{METRIC}test_an_empty_group_is_left_out',
        r'macro_f1|(in_)?open_.*|in_conf|[em]ce15': NOT_DELIVERED,
    },
    'rebal_samplers': {
        r'in_counts|bf_p_(instance|class|sqrt)':
            f'{SAMPLERS}weighted_class_sampler.test_class_frequencies_equal_the_reference',
        r'(invfreq|sqrt)_image_weights':
            f'{SAMPLERS}weighted_class_sampler.test_image_weights_equal_the_reference',
        r'bf_p_effnum_.*':
            f'{SAMPLERS}effective_number_sampler.test_class_frequencies_equal_the_reference',
        r'effnum_image_weights':
            f'{SAMPLERS}effective_number_sampler.test_image_weights_equal_the_reference',
        r'(bf_p_)?progressive_.*':
            f'{SAMPLERS}progressively_balanced_sampler.'
            'test_class_probabilities_equal_the_reference',
        r'cas_Z\d_(len|class_hist|image_hist)':
            f'{SAMPLERS}class_aware_sampler.test_histograms_equal_the_reference',
        r'bf_cbs_.*':
            f'{SAMPLERS}class_balanced_batch_sampler.test_a_batch_has_different_classes',
        r'.*_stream(_epoch\d)?': OTHER_DRAWS,
        r'bf_p_repeat_factor_.*': NOT_DELIVERED,
    },
    'rebal_schedules': {
        r'(ldam|ssp)_cifar_200': f'{SCHEDULES}test_cifar_schedule_equals_the_reference',
        r'bf_cos_lr0.2_E90': f'{SCHEDULES}test_large_data_sets_share_the_cosine_schedule',
        r'bf_cos_lr0.2_E30': f'{SCHEDULES}test_a_pretrained_backbone_learns_ten_times_slower',
        r'bf_cos_lr0.2_E(5|10)|ssp_moco_.*|mislas_.*|ride_.*': NOT_DELIVERED,
    },
    'dscl_loss': {
        r'(x_)?q|k|queue|tau|(queue_)?labels|.*_(per|loss|grad_q|grad_x)':
            f'{DSCL}value_and_gradient_equal_the_reference',
        r'p|num_pos|\w+_target':
            f'{DSCL}probabilities_targets_and_positives_equal_the_reference',
    },
    'dscl_code': {
        r'(x_)?q|k|queue|tau|(queue_)?labels|num_pos(_code)?|.*_(per|loss|grad_q)':
            f'{DSCL}the_whole_batch_as_candidates_equals_the_reference',
    },
    'dscl_pbsd': {
        r'(x_)?[cs]|k|queue|tau|per|loss|grad_(x_)?s|grad_c|entropy_(per|loss)':
            f'{DSCL}distillation_equals_the_reference',
        'target': f'{DSCL}the_target_of_distillation_is_the_teachers_distribution',
    },
    'dscl_roi': {
        r'fmap|boxes|view_size|spatial_scale|gap|(roi|pooled)_aligned0|[wb][12]|c':
            f'{OPS}patches.test_pooled_and_projected_boxes_equal_the_reference',
        r'(roi|pooled)_aligned1': OTHER_OPTION,
    },
    'dscl_queue': {
        r'queue0?|keys|(queue_)?labels|ptr': 'tests.models.utils.test_memory_queue.'
                                             'test_features_labels_and_pointer_equal_the_reference',
    },
    'dscl_property': {
        r'tau|alpha|(queue_)?labels|(near_uniform|sphere)_(q|k|queue|ratio_d?scl)':
            f'{DSCL}gradient_ratios_equal_the_reference',
        r'sizes|(theory|uniform)_d?scl':
            f'{DSCL}gradient_ratios_at_the_beginning_follow_the_theory',
        'opt_table':
            f'{OPS}decoupled.test_the_share_of_the_own_key_is_what_it_has_in_the_optimum',
        'opt_(literal|infonce)_empty':
            f'{OPS}decoupled.test_without_others_of_the_class_only_the_own_key_attracts',
    },
    'dscl_ref': {
        r'(code|loss)__.*': f'{DSCL}losses_equal_the_released_code',
        r'pbsd__.*': f'{DSCL}distillation_equals_the_reference',
    },
    'fassl_ntxent': {
        r'[a-z0-9_]+_(f1|f2|t|loss|g1|g2)|rand_g1_ref64':
            f'{LOSSES}ntxent_loss.test_value_and_gradient_equal_the_reference',
        r'[a-z0-9_]+_(x|loss_ref32|loss_ref64)|rand_g2_ref64': SAME_AGAIN,
    },
    'fassl_proto': {
        r'z1|z2|P|beta|h1|h2|loss|grad_.*|ext1e\d_.*':
            f'{LOSSES}ntxent_loss.test_score_contrast_equals_the_reference',
        r'Q|loss_.*|wrong_.*':
            f'{LOSSES}ntxent_loss.test_scores_see_prototypes_up_to_rotation_and_scale',
    },
    'fassl_phi': {
        r'z1|z2|P|clip_ratio|(cosine|inner)_(s|phi)\d(_noclip)?':
            f'{OPS}prototypes.test_weights_equal_the_reference',
        r'q1|q2|(cosine|inner)_(loss|grad).*':
            f'{LOSSES}rebalanced_consistency_loss.test_value_and_gradient_equal_the_reference',
        r'consis_q1_z2|byol_loss':
            f'{LOSSES}rebalanced_consistency_loss.test_uniform_weights_give_the_loss_of_byol',
        r'flat_.*|phi_(neg|rot)_P': f'{OPS}prototypes.test_signs_and_rotations',
        r'align_signs|P_aligned|phi_aligned':
            f'{OPS}prototypes.test_signs_are_aligned_over_the_features',
        r'ext_.*': f'{OPS}prototypes.test_extreme_sums_equal_the_decimals',
    },
    'fassl_prune': {
        r'[a-z]+_(w|[\d.]+_(mask|maskref))_[a-z]+|[a-z]+_[\d.]+_(n_prune|threshold)':
            f'{OPS}pruning.test_masks_equal_the_reference',
        r'[a-z]+_[\d.]+_perlayer_[a-z]+': f'{OPS}pruning.test_each_layer_alone',
    },
    'fassl_ema': {
        r'.*': 'tests.models.utils.test_momentum_teacher.test_every_step_equals_the_reference',
    },
    'fassl_sdclr_step': {
        r'x1|x2|t|f1|f2|loss_ref|(init|mask|grad_ref|bn_after|bn_after_single_graph)/.*':
            'tests.models.methods.test_sdclr.test_a_step_equals_the_reference',
        r'grad_after_dense_only/c1':
            'tests.models.methods.test_sdclr.'
            'test_pruned_weights_learn_from_the_dense_branch_only',
    },
}

TESTS = sorted({found for patterns in COVERED.values() for found in patterns.values()}
               - {NOT_DELIVERED, WRONG_ON_PURPOSE, OTHER_OPTION, OTHER_DRAWS, SAME_AGAIN})


@pytest.mark.parametrize('family', COVERED)
def test_every_array_is_covered_once(golden, family):
    patterns = COVERED[family]
    matches = {key: [p for p in patterns if re.fullmatch(p, key)] for key in golden(family)}
    assert {key: found for key, found in matches.items() if len(found) != 1} == {}
    assert set(patterns) == {found for each in matches.values() for found in each}


@pytest.mark.parametrize('test', TESTS)
def test_the_named_test_exists(test):
    module, name = test.rsplit('.', 1)
    assert callable(getattr(importlib.import_module(module), name))
