"""Every golden number of the losses is compared with somewhere."""

import importlib
import re

import pytest

LOSSES = 'tests.models.losses.test_'
OPS = 'tests.ops.test_'
HOOKS = 'tests.engine.hooks.test_'

COVERED = {
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
    r'bf_la_train_.*': f'{LOSSES}logit_adjusted_loss.test_value_and_gradient_equal_the_brute_force',
    r'bf_la_posthoc_.*':
        f'{OPS}logit_adjustment.test_posthoc_adjustment_equals_the_brute_force',
    r'las_[a-z]+(_grad)?':
        f'{LOSSES}label_aware_smoothing_loss.test_value_and_gradient_equal_the_reference',
    r'las_[a-z]+_eps(_cifar100)?': f'{OPS}label_smoothing.test_smoothing_equals_the_reference',
    r'bf_las_concave_papertext':
        f'{LOSSES}label_aware_smoothing_loss.test_the_form_of_the_papers_text',
}

NOT_DELIVERED = r'(in_)?ride_.*|bf_m2m_.*'
WRONG_ON_PURPOSE = r'cb_portsoftmax_.*'


def test_every_array_is_covered_once(golden):
    patterns = [*COVERED, NOT_DELIVERED, WRONG_ON_PURPOSE]
    keys = golden('rebal_losses').keys()
    matches = {key: [p for p in patterns if re.fullmatch(p, key)] for key in keys}
    assert {key: found for key, found in matches.items() if len(found) != 1} == {}
    assert set(patterns) == {found for each in matches.values() for found in each}


@pytest.mark.parametrize('test', COVERED.values())
def test_the_named_test_exists(test):
    module, name = test.rsplit('.', 1)
    assert callable(getattr(importlib.import_module(module), name))
