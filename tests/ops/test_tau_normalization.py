import numpy as np
import pytest
import torch

from ltplug.ops import tau_normalize

TAUS = ['0.0', '0.1', '0.3', '0.5', '0.7', '0.9', '1.0', '1.5', '2.0']


@pytest.mark.parametrize('tau', TAUS)
@pytest.mark.parametrize('kind', [np.asarray, torch.from_numpy])
def test_weights_and_logits_equal_the_reference(golden, tau, kind):
    arrays = golden('rebal_classifiers')
    weight = tau_normalize(kind(arrays['in_W']), float(tau))
    assert isinstance(weight, type(kind(arrays['in_W'])))
    np.testing.assert_allclose(weight, arrays[f'tau{tau}_W'], rtol=1e-5)
    logits = kind(arrays['in_feat']) @ weight.T
    np.testing.assert_allclose(logits, arrays[f'tau{tau}_logits'], rtol=1e-5, atol=1e-6)


def test_every_reference_is_compared_with(golden):
    keys = {key for key in golden('rebal_classifiers') if key.startswith('tau')}
    assert keys == {f'tau{tau}_{name}' for tau in TAUS for name in ('W', 'logits')}


@pytest.mark.parametrize('dtype', [torch.float16, torch.float32])
def test_a_class_without_length_stays_at_zero(dtype):
    weight = tau_normalize(torch.tensor([[0.0, 0.0], [3.0, 4.0]], dtype=dtype), 1)
    torch.testing.assert_close(weight, torch.tensor([[0, 0], [0.6, 0.8]], dtype=dtype))


@pytest.mark.parametrize(('weight', 'tau', 'sentence'), [
    (np.ones((2, 3)), -0.5, 'tau must be a finite number of at least 0, got -0.5'),
    (np.ones((2, 3)), float('nan'), 'tau must be .* got nan'),
    (np.ones(3), 1, r'one row per class, \[C, D\], got the shape \(3,\)'),
])
def test_mistakes_are_told(weight, tau, sentence):
    with pytest.raises(ValueError, match=sentence):
        tau_normalize(weight, tau)
