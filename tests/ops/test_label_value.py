import math
import re

import numpy as np
import pytest

from ltplug import ops

MU_SIGMA = 2.0, -1.0, 1.0
CASES = [(20, 10), (50, 10), (100, 10), (100, 3)]


@pytest.mark.parametrize('sizes', [(400, 100), (4000, 1000)])
def test_estimates_from_pseudo_labels(golden, sizes):
    arrays = golden('rebal_theory')
    name = f't1_n{sizes[0]}_{sizes[1]}'
    mu1, mu2, sigma, p, q, delta = arrays['t1_mu1_mu2_sigma_p_q_delta']
    centre = ops.pseudo_label_centre(mu1, mu2, p - q)
    assert centre == pytest.approx(float(arrays[f'{name}_centre']))
    bound = ops.pseudo_label_failure_bound(delta, *sizes, mu1, mu2, sigma)
    assert bound == pytest.approx(float(arrays[f'{name}_bound']), rel=1e-6)
    drawn = ops.simulate_pseudo_label_estimates(*sizes, mu1, mu2, sigma, p, q, 20_000,
                                                np.random.default_rng(0))
    assert drawn.mean() == pytest.approx(float(arrays[f'{name}_mc_mean']), abs=0.003)
    failures = np.mean(np.abs(drawn - centre) > delta)
    assert failures == pytest.approx(float(arrays[f'{name}_mc_violation']), abs=0.003)
    assert failures <= bound


def test_draws_equal_single_samples():
    """The mean of normal variables, drawn at once, is distributed as their mean."""
    rng, (mu1, mu2, sigma) = np.random.default_rng(0), MU_SIGMA
    slow = []
    for _ in range(4000):
        positive = np.where(rng.random(30) < 0.9, mu1, mu2) + rng.normal(0, sigma, 30)
        negative = np.where(rng.random(8) < 0.7, mu2, mu1) + rng.normal(0, sigma, 8)
        slow.append((positive.mean() + negative.mean()) / 2)
    fast = ops.simulate_pseudo_label_estimates(30, 8, mu1, mu2, sigma, 0.9, 0.7, 4000, rng)
    assert fast.mean() == pytest.approx(np.mean(slow), abs=0.03)
    assert fast.std() == pytest.approx(np.std(slow), rel=0.06)


def test_linear_classifiers_of_raw_inputs(golden):
    arrays = golden('rebal_theory')
    bias = arrays['t2_b_over_norm_sigma']
    np.testing.assert_allclose(ops.linear_classifier_error(bias, 0.1, 4),
                               arrays['t2_err_ppos0.1_beta4'], rtol=1e-6)
    bias = np.geomspace(0.001, 100, 10_000)
    for key in arrays:
        match = re.fullmatch(r't2_min_ppos(.*)_beta(.*)', key)
        if match:
            least = ops.linear_classifier_error(bias, *map(float, match.groups())).min()
            assert least == pytest.approx(float(arrays[key]), rel=1e-5) and least >= 0.25


def test_the_error_of_a_linear_classifier_is_what_is_counted():
    rng = np.random.default_rng(0)
    theta, bias = np.array([0.6, -0.8, 1.2]), 0.9
    positive = rng.normal(size=(100_000, 3))
    negative = 2 * rng.normal(size=(100_000, 3))
    counted = 0.3 * np.mean(positive @ theta + bias < 0) + 0.7 * np.mean(
        negative @ theta + bias >= 0)
    expected = ops.linear_classifier_error(bias / np.linalg.norm(theta), 0.3, 4)
    assert expected == pytest.approx(counted, abs=0.005)


@pytest.mark.parametrize(('dim', 'num_positive'), CASES)
def test_bounds_after_pretraining(golden, dim, num_positive):
    arrays = golden('rebal_theory')
    beta, _, share = arrays['t3_beta_sigma1_ppos']
    name = f't3_bound_conf_d{dim}_npos{num_positive}_delta'
    deltas = [key.removeprefix(name) for key in arrays if key.startswith(name)]
    assert len(deltas) == 5
    for delta in deltas:
        bound, confidence = arrays[name + delta]
        assert ops.pretrained_error_bound(
            float(delta), dim, share, beta) == pytest.approx(bound, rel=1e-6)
        assert ops.pretrained_bound_confidence(
            float(delta), dim, num_positive, 1000) == pytest.approx(confidence, rel=1e-6)


@pytest.mark.parametrize(('dim', 'num_positive'), CASES)
def test_errors_after_pretraining(golden, dim, num_positive):
    expected = golden('rebal_theory')[f't3_err_d{dim}_npos{num_positive}']
    drawn = ops.simulate_pretrained_errors(dim, num_positive, 1000, 0.1, 4, 300, 5000,
                                           np.random.default_rng(0))
    assert drawn.mean() == pytest.approx(expected.mean(), rel=0.1)


def test_both_branches_of_the_bound():
    """At beta 4 they change at 0.2, where u = 2: u^2 / 32 = u / 16."""
    at_change = ops.pretrained_error_bound(0.2, 30, 0.5, 4)
    assert ops.pretrained_error_bound(0.2 - 1e-9, 30, 0.5, 4) == pytest.approx(at_change)
    assert at_change == pytest.approx(
        0.5 * math.exp(-30 / 8) + 0.5 * math.exp(-30 * 4 / (32 * 16)))


@pytest.mark.parametrize(('delta', 'beta', 'sentence'), [
    (0.6, 4, r'between 0 and .* = 0.6, got 0.6'), (0, 4, 'got 0'), (0.1, 3, 'above 3, got 3')])
def test_mistakes_are_told(delta, beta, sentence):
    with pytest.raises(ValueError, match=sentence):
        ops.pretrained_error_bound(delta, 10, 0.5, beta)
