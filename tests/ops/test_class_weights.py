import re

import numpy as np
import pytest
import torch

from ltplug.ops import class_weights, effective_number_weights, ldam_margins


def cases(golden, pattern):
    counts = golden('rebal_counts')
    for name, expected in golden('rebal_losses').items():
        match = re.fullmatch(pattern, name)
        if match:
            yield counts[match[1]], expected, match


def test_effective_number_weights_equal_the_reference(golden):
    found = list(cases(golden, r'cbw_(\w+rho\d+)'))
    assert len(found) == 8
    for counts, expected, _ in found:
        np.testing.assert_allclose(effective_number_weights(counts, 0.9999), expected, rtol=1e-5)


def test_effective_number_weights_at_other_betas(golden):
    found = list(cases(golden, r'bf_cbw_(\w+rho\d+)_beta([\d.]+)'))
    assert len(found) == 32
    for counts, expected, match in found:
        weights = effective_number_weights(counts, float(match[2]))
        np.testing.assert_allclose(weights, expected, rtol=1e-6)


def test_inverse_weights(golden):
    for counts, expected, _ in cases(golden, r'bf_invfreq_(\w+rho\d+)'):
        weights = class_weights(counts, 'inverse')
        np.testing.assert_allclose(weights / weights.sum(), expected / expected.sum(), rtol=1e-6)


@pytest.mark.parametrize('scheme', ['none', 'effective', 'inverse', 'sqrt'])
def test_weights_have_mean_one_and_favour_rare_classes(scheme):
    weights = class_weights(np.array([100, 10, 1]), scheme)
    assert weights.mean() == pytest.approx(1)
    assert scheme == 'none' or weights[0] < weights[1] < weights[2]


def test_limits_of_beta():
    counts = np.array([1000, 30, 4])
    np.testing.assert_array_equal(effective_number_weights(counts, 0), np.ones(3))
    almost_one = effective_number_weights(counts, 1 - 1e-12)
    np.testing.assert_allclose(almost_one, class_weights(counts, 'inverse'), rtol=1e-6)


def test_margins_equal_the_reference(golden):
    losses = golden('rebal_losses')
    for margin in (0.5, 0.3):
        margins = ldam_margins(losses['in_counts'], margin)
        np.testing.assert_allclose(margins, losses[f'ldam_margins_m{margin}'], rtol=2e-5)


def test_tensors_give_tensors():
    counts = torch.tensor([100, 10])
    assert isinstance(effective_number_weights(counts, 0.9), torch.Tensor)
    assert isinstance(ldam_margins(counts, 0.5), torch.Tensor)


@pytest.mark.parametrize(('call', 'sentence'), [
    (lambda: effective_number_weights([5, 0, 3], 0.9), r'Classes \[1\] have no training image'),
    (lambda: ldam_margins([5, 0, 3], 0.5), r'Classes \[1\] have no training image'),
    (lambda: effective_number_weights([5, 3], 1.0), r'beta must lie in \[0, 1\), got 1.0'),
    (lambda: class_weights([5, 3], 'log'), "got 'log'"),
    (lambda: ldam_margins([5, 3], 0), 'max_margin must be positive'),
    (lambda: class_weights([], 'inverse'), 'one count per class'),
])
def test_mistakes_are_told(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
