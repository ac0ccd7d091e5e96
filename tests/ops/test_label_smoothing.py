import numpy as np
import pytest
import torch

from ltplug.ops import label_aware_smoothing, smooth_scores
from ltplug.ops.label_smoothing import SHAPES


@pytest.mark.parametrize('shape', SHAPES)
def test_smoothing_equals_the_reference(golden, shape):
    losses, counts = golden('rebal_losses'), golden('rebal_counts')
    found = label_aware_smoothing(losses['in_counts'], 0.3, 0.0, shape)
    np.testing.assert_allclose(found, losses[f'las_{shape}_eps'], rtol=1e-5, atol=1e-7)
    found = label_aware_smoothing(counts['cifar100_exp_rho100'], 0.4, 0.1, shape)
    np.testing.assert_allclose(found, losses[f'las_{shape}_eps_cifar100'], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize('shape', SHAPES)
def test_order_of_classes_absent_classes_and_balanced_data(shape):
    found = label_aware_smoothing([0, 70, 500, 20], 0.4, 0.1, shape)
    np.testing.assert_array_equal(np.argsort(found), [0, 3, 1, 2])
    np.testing.assert_allclose(found[[0, 2]], [0.1, 0.4])
    np.testing.assert_allclose(label_aware_smoothing([9, 9], 0.4, 0.1, shape), [0.4, 0.4])
    assert isinstance(label_aware_smoothing(torch.tensor([3, 1]), shape=shape), torch.Tensor)


def test_the_power_is_that_of_the_exp_shape():
    np.testing.assert_allclose(label_aware_smoothing([10, 5, 0], 0.4, 0.0, 'exp', 2.0),
                               [0.4, 0.1, 0])


@pytest.mark.parametrize(('spread', 'expected'), [
    ('all', [[0.8, 0.1, 0.1], [0, 1, 0]]),
    ('others', [[0.7, 0.15, 0.15], [0, 1, 0]]),
])
def test_the_taken_part_is_spread(spread, expected):
    found = smooth_scores(torch.eye(3)[:2], torch.tensor([0.3, 0, 0.6]), spread)
    torch.testing.assert_close(found, torch.tensor(expected))


@pytest.mark.parametrize(('call', 'sentence'), [
    (lambda: label_aware_smoothing([2, 1], 0.1, 0.2), 'got head 0.1 and tail 0.2'),
    (lambda: label_aware_smoothing([2, 1], 1.0), 'got head 1.0'),
    (lambda: label_aware_smoothing([2, 1], 0.1, -0.1), 'tail -0.1'),
    (lambda: label_aware_smoothing([2, 1], shape='log'), "got 'log'"),
    (lambda: label_aware_smoothing([2, 1], power=0), 'got 0'),
    (lambda: label_aware_smoothing([]), 'one count per class'),
    (lambda: smooth_scores(torch.eye(2), torch.zeros(2), 'self'), "got 'self'"),
    (lambda: smooth_scores(torch.ones(2, 1), torch.zeros(1), 'others'), 'two classes, got 1'),
])
def test_mistakes_are_told(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
