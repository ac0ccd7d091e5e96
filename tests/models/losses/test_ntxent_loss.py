import numpy as np
import pytest
import torch

from ltplug.models import NTXentLoss, ScoreContrastiveLoss
from tests.ranks import on_two_ranks

CASES = ['rand', 'rand_t05', 'big', 'same', 'single', 'opposite', 'lowtemp']
DTYPES = [torch.float64, torch.float32]


def tensors(arrays, dtype):
    return {key: torch.tensor(np.asarray(value), dtype=dtype) for key, value in arrays.items()}


def assert_value(found, expected, dtype):
    rtol, atol = (0, 1e-9) if dtype == torch.float64 else (3e-5, 1e-6)
    torch.testing.assert_close(found.detach().double(), expected.double(), rtol=rtol, atol=atol)


def assert_grad(found, expected):
    atol = 2e-8 if found.dtype == torch.float64 else 3e-4
    torch.testing.assert_close(found.double(), expected.double(), rtol=0, atol=atol)


@pytest.mark.parametrize('dtype', DTYPES)
@pytest.mark.parametrize('case', CASES)
def test_value_and_gradient_equal_the_reference(golden, case, dtype):
    arrays = tensors(golden('fassl_ntxent'), dtype)
    first, second = (arrays[f'{case}_f{view}'].requires_grad_() for view in (1, 2))
    loss = NTXentLoss(arrays[f'{case}_t'].item())(first, second)
    assert_value(loss, torch.tensor(golden('fassl_ntxent')[f'{case}_loss']), dtype)
    loss.backward()
    assert first.grad.isfinite().all() and second.grad.isfinite().all()
    if f'{case}_g1' in arrays:
        assert_grad(first.grad, arrays[f'{case}_g1'])
        assert_grad(second.grad, arrays[f'{case}_g2'])
    if f'{case}_g1_ref64' in arrays:
        assert_grad(first.grad, arrays[f'{case}_g1_ref64'])


@pytest.mark.parametrize('dtype', DTYPES)
def test_score_contrast_equals_the_reference(golden, dtype):
    arrays = tensors(golden('fassl_proto'), dtype)
    inputs = [arrays[key].requires_grad_() for key in ('z1', 'z2', 'P')]
    z1, z2, prototypes = inputs
    loss_of = ScoreContrastiveLoss(arrays['beta'].item())
    scores = z1 @ prototypes.T, z2 @ prototypes.T
    torch.testing.assert_close(scores, (arrays['h1'], arrays['h2']))
    loss = loss_of(*scores)
    assert_value(loss, arrays['loss'], dtype)
    loss.backward()
    for tensor, key in zip(inputs, ('z1', 'z2', 'P'), strict=True):
        assert_grad(tensor.grad, arrays[f'grad_{key}'])
    for size in ('ext1e3', 'ext1e6'):
        a, b, p = (arrays[f'{size}_{key}'] for key in ('z1', 'z2', 'P'))
        assert_value(loss_of(a @ p.T, b @ p.T), arrays[f'{size}_loss'], dtype)


def test_scores_see_prototypes_up_to_rotation_and_scale(golden):
    arrays = tensors(golden('fassl_proto'), torch.float64)

    def loss(prototypes, z1=arrays['z1'], z2=arrays['z2']):
        return ScoreContrastiveLoss(arrays['beta'].item())(z1 @ prototypes.T, z2 @ prototypes.T)

    p, unit = arrays['P'], torch.nn.functional.normalize
    assert_value(loss(-p), arrays['loss_neg_P'], torch.float64)
    assert_value(loss(arrays['Q'] @ p), arrays['loss_rot_P'], torch.float64)
    assert_value(loss(37 * p), arrays['loss_scaled_P'], torch.float64)
    assert_value(loss(p, unit(arrays['z1']), unit(arrays['z2'])), arrays['loss_unit_z'],
                 torch.float64)
    assert_value(loss(unit(p)), arrays['loss_unit_P'], torch.float64)
    assert abs(loss(unit(p)) - loss(p)) > 1e-3
    for key in arrays:
        if key.startswith('wrong_'):
            assert abs(loss(p) - arrays[key]) > 1e-3, key


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_mixed_precision_computes_in_float32(dtype):
    generator = torch.Generator().manual_seed(0)
    first, second = (torch.randn(6, 8, generator=generator).to(dtype) for _ in range(2))
    with torch.autocast('cpu', torch.bfloat16):
        found = NTXentLoss(0.01)(first, second)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, NTXentLoss(0.01)(first.float(), second.float()))


def loss_and_grad(rank, sizes):
    generator = torch.Generator().manual_seed(0)
    share = slice(sum(sizes[:rank]), sum(sizes[:rank + 1]))
    first, second = (torch.randn(6, 8, generator=generator)[share].requires_grad_()
                     for _ in range(2))
    loss = NTXentLoss()(first, second)
    loss.backward()
    return loss.item(), first.grad, second.grad


@pytest.mark.parametrize('sizes', [(3, 3), (5, 1)])
def test_two_ranks_equal_the_joint_batch(sizes):
    expected, (one, other) = loss_and_grad(0, (6, )), on_two_ranks(loss_and_grad, sizes)
    assert (one[0] + other[0]) / 2 == pytest.approx(expected[0], abs=1e-6)
    for place in (1, 2):  # DDP averages gradients over ranks
        torch.testing.assert_close(torch.cat([one[place], other[place]]) / 2, expected[place])


def test_mistakes_are_told():
    with pytest.raises(ValueError, match='temperature must be a positive number, got 0'):
        ScoreContrastiveLoss(0)
    with pytest.raises(ValueError, match=r'NTXentLoss takes two views .* \(3, 2\) and \(2, 2\)'):
        NTXentLoss()(torch.ones(3, 2), torch.ones(2, 2))
