"""The golden cases of the contrastive losses as tensors."""

import numpy as np
import torch

DTYPES = [torch.float32, torch.float64]


def case_names(golden, family, without=()):
    names = dict.fromkeys(key.split('/')[0] for key in golden(family))
    return [name for name in names if name not in without]


def case(golden, family, name, dtype=torch.float32):
    arrays = {key.split('/')[1]: value for key, value in golden(family).items()
              if key.split('/')[0] == name}
    tensors = {}
    for key, value in arrays.items():
        tensor = torch.from_numpy(np.asarray(value))
        tensors[key] = tensor.to(dtype) if value.dtype == np.float32 else tensor
    return tensors


def assert_golden(loss, grad, expected, expected_grad, name=''):
    """Compare within the tolerances of the fixtures."""
    if grad.dtype == torch.float64:
        atol, rtol, grad_bound = 1e-9, 0, 1e-8 * expected_grad.abs().max() + 1e-15
    else:
        atol, rtol, grad_bound = 1e-5, 1e-5, 1e-6 + 1e-4 * expected_grad.abs().max()
    torch.testing.assert_close(loss.detach().double(), expected, rtol=rtol, atol=atol, msg=name)
    assert (grad.double() - expected_grad).abs().max() <= grad_bound, name
