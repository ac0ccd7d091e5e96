"""Comparing a loss with golden numbers."""

import torch


def value_and_grad(loss, logits, target, **kwargs):
    logits = logits.clone().requires_grad_()
    value = loss(logits, target, **kwargs)
    value.backward()
    return value.detach(), logits.grad


def assert_equal(found, expected, grad=None, expected_grad=None, rtol=1e-5):
    torch.testing.assert_close(found.double(), expected.double(), rtol=rtol, atol=0)
    if grad is not None:
        torch.testing.assert_close(grad.double(), expected_grad.double(), rtol=rtol, atol=1e-6)
