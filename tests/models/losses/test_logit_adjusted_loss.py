import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ltplug.models import BalancedSoftmaxLoss, LogitAdjustedLoss
from tests.models.losses.comparing import assert_equal, value_and_grad


@pytest.mark.parametrize('tau', [0.0, 0.5, 1.0, 1.5])
def test_value_and_gradient_equal_the_brute_force(reference, tau):
    loss = LogitAdjustedLoss(tau, reference['in_counts'].tolist())
    found = value_and_grad(loss, reference['in_logits'], reference['in_target'])
    name = f'bf_la_train_tau{tau}'
    assert_equal(found[0], reference[name], found[1], reference[f'{name}_grad'], rtol=1e-6)


def test_balanced_softmax_equals_the_reference(reference):
    loss = BalancedSoftmaxLoss(reference['in_counts'].tolist())
    found = value_and_grad(loss, reference['in_logits'], reference['in_target'])
    assert_equal(found[0], reference['balsoftmax'], found[1], reference['balsoftmax_grad'])
    assert_equal(found[0], reference['bf_balsoftmax'], rtol=1e-6)


def test_balanced_softmax_gives_absent_classes_no_probability():
    loss = BalancedSoftmaxLoss([10, 0, 5])
    value, grad = value_and_grad(loss, torch.tensor([[0., 9., 0.]]), torch.tensor([0]))
    assert value == pytest.approx(np.log(15 / 10), rel=1e-4)
    assert grad[0, 1].abs() < 1e-20


@pytest.mark.parametrize('tau', [0.5, 1.0])
def test_the_shift_is_strong_enough_to_hide_absent_classes_at_any_tau(tau):
    loss = LogitAdjustedLoss(tau, [10, 0, 5])
    expected = F.cross_entropy(tau * torch.tensor([[10.0, 5.0]]).log(), torch.tensor([0]))
    torch.testing.assert_close(loss(torch.tensor([[0., 500., 0.]]), torch.tensor([0])), expected)


@pytest.mark.parametrize('tau', [-0.1, float('nan'), float('inf')])
def test_impossible_strengths_are_refused(tau):
    with pytest.raises(ValueError, match=f'tau must be .* got {tau}'):
        LogitAdjustedLoss(tau)


def test_counts_are_needed():
    with pytest.raises(RuntimeError, match='LogitAdjustedLoss needs the class counts'):
        LogitAdjustedLoss()(torch.zeros(1, 2), torch.tensor([0]))
