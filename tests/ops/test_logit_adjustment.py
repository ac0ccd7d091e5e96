import numpy as np
import pytest
import torch

from ltplug.ops import log_priors, posthoc_logit_adjustment


@pytest.mark.parametrize('tau', [0.0, 0.5, 1.0, 1.5])
@pytest.mark.parametrize('as_given', [np.asarray, torch.from_numpy])
def test_posthoc_adjustment_equals_the_brute_force(golden, tau, as_given):
    arrays = golden('rebal_losses')
    logits = posthoc_logit_adjustment(as_given(arrays['in_logits']), arrays['in_counts'], tau)
    assert isinstance(logits, type(as_given(arrays['in_logits'])))
    expected = arrays[f'bf_la_posthoc_tau{tau}_logits']
    np.testing.assert_allclose(np.asarray(logits), expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(np.asarray(logits).argmax(1),
                                  arrays[f'bf_la_posthoc_tau{tau}_pred'])


def test_priors_are_shares_and_absent_classes_are_far_below():
    found = log_priors(np.array([30, 0, 10]))
    np.testing.assert_allclose(np.exp(found), [0.75, 0, 0.25])
    assert np.isfinite(found).all() and found[1] < -1e5
    assert isinstance(log_priors(torch.tensor([1, 2])), torch.Tensor)


@pytest.mark.parametrize(('call', 'sentence'), [
    (lambda: posthoc_logit_adjustment(np.zeros((2, 2)), [5, 0]), r'Classes \[1\] have no training'),
    (lambda: posthoc_logit_adjustment(np.zeros((2, 3)), [5, 1]), '2 classes but logits have 3'),
    (lambda: posthoc_logit_adjustment(np.zeros((2, 2)), [5, 1], -1), 'got -1'),
    (lambda: log_priors([5, -1]), r'at least 0, got \[5, -1\]'),
    (lambda: log_priors([[5]]), 'one count per class'),
])
def test_mistakes_are_told(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
