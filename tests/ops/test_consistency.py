import math

import numpy as np
import pytest
import torch

from ltplug.ops import (
    adversarial_perturbation,
    prediction_distance,
    prediction_divergence,
    ramp_up,
)

GENERATOR = torch.Generator().manual_seed(0)
A, B = torch.randn(2, 5, 4, generator=GENERATOR)


def probabilities(logits):
    powers = np.exp(logits.double().numpy())
    return powers / powers.sum(axis=1, keepdims=True)


def test_divergence_is_the_sum_over_classes():
    p, q = probabilities(B), probabilities(A)
    expected = [sum(p[n, c] * math.log(p[n, c] / q[n, c]) for c in range(4)) for n in range(5)]
    np.testing.assert_allclose(prediction_divergence(A, B), expected, rtol=1e-5)
    assert prediction_divergence(A, A).abs().max() < 1e-6


def test_distance_is_the_mean_over_classes():
    p, q = probabilities(B), probabilities(A)
    np.testing.assert_allclose(prediction_distance(A, B), ((p - q)**2).mean(axis=1), rtol=1e-5)


@pytest.mark.parametrize('distance', [prediction_divergence, prediction_distance])
def test_the_target_is_constant_and_extremes_are_finite(distance):
    logits, target = A.clone().requires_grad_(), B.clone().requires_grad_()
    distance(logits, target).sum().backward()
    assert logits.grad.abs().min() > 0 and target.grad is None
    extreme = torch.tensor([[1e4, -1e4, 0.0]])
    value = distance(extreme.clone().requires_grad_(), -extreme)
    assert value.isfinite().all() and (value > 0.5).all()
    half = distance(A.bfloat16(), B.bfloat16())
    assert half.dtype == torch.float32


def test_perturbation_of_a_linear_classifier_is_the_leading_eigenvector():
    # The divergence is r'Hr / 2 with H = W'(diag(p) - pp')W; power iterations find its direction.
    weight = torch.randn(4, 6, generator=GENERATOR, dtype=torch.float64)
    inputs = torch.randn(3, 6, generator=GENERATOR, dtype=torch.float64)

    def classify(images):
        return (images @ weight.T).double()

    found = adversarial_perturbation(classify, inputs, classify(inputs), epsilon=2.0, xi=1e-2,
                                     num_iterations=200,
                                     start=torch.ones(3, 6, dtype=torch.float64))
    for image, perturbation in zip(inputs, found, strict=True):
        p = classify(image[None])[0].softmax(dim=0)
        hessian = weight.T @ (p.diag() - p[:, None] * p) @ weight
        leading = torch.linalg.eigh(hessian).eigenvectors[:, -1]
        assert abs(float(leading @ perturbation)) / 2 > 0.999
        assert perturbation.norm() == pytest.approx(2.0)


def test_one_iteration_beats_a_random_direction():
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(48, 16), torch.nn.Tanh(),
                                torch.nn.Linear(16, 4))
    inputs = torch.randn(64, 3, 4, 4, generator=GENERATOR)
    logits = model(inputs)
    random = torch.randn(64, 3, 4, 4, generator=GENERATOR)
    found = adversarial_perturbation(model, inputs, logits, 0.5, xi=1e-3, start=random)
    assert not found.requires_grad and all(p.grad is None for p in model.parameters())
    torch.testing.assert_close(found.flatten(1).norm(dim=1), torch.full((64, ), 0.5))
    random = 0.5 * random / random.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
    changes = [prediction_divergence(model(inputs + each), logits).mean()
               for each in (found, random)]
    assert changes[0] > 2 * changes[1]


def test_under_autocast_the_direction_is_found_in_float32():
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(48, 16), torch.nn.Tanh(),
                                torch.nn.Linear(16, 4))
    inputs = 3 * torch.randn(16, 3, 4, 4, generator=GENERATOR)
    random = torch.randn(16, 3, 4, 4, generator=GENERATOR)
    expected = adversarial_perturbation(model, inputs, model(inputs), 0.5, start=random)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        logits = model(inputs)
        found = adversarial_perturbation(model, inputs, logits, 0.5, start=random)
        assert model(inputs).dtype is logits.dtype is torch.bfloat16, 'autocast goes on'
    torch.testing.assert_close(found, expected)


def test_no_gradient_gives_no_perturbation():
    inputs = torch.ones(2, 3)
    found = adversarial_perturbation(lambda images: images[:, :1] * 0 + torch.ones(2, 4), inputs,
                                     torch.ones(2, 4), 1.0)
    assert not found.any()


def test_the_ramp_ends_at_one():
    assert ramp_up(0) == pytest.approx(math.exp(-5))
    assert ramp_up(0.5) == pytest.approx(math.exp(-1.25))
    assert ramp_up(1) == ramp_up(7) == 1
