import numpy as np
import pytest
import torch
from mmpretrain.models.losses import CosineSimilarityLoss

from ltplug.models import RebalancedConsistencyLoss
from ltplug.ops import prototype_weights
from tests.ranks import on_two_ranks


def tensors(golden, dtype=torch.float64):
    return {key: torch.tensor(np.asarray(value), dtype=dtype)
            for key, value in golden('fassl_phi').items()}


@pytest.mark.parametrize('dtype', [torch.float64, torch.float32])
@pytest.mark.parametrize('similarity', ['cosine', 'inner'])
def test_value_and_gradient_equal_the_reference(golden, similarity, dtype):
    arrays = tensors(golden, dtype)
    loss_of = RebalancedConsistencyLoss(similarity=similarity)
    q1, q2 = (arrays[key].requires_grad_() for key in ('q1', 'q2'))
    atol = 1e-9 if dtype == torch.float64 else 1e-4
    parts = [loss_of(q1, arrays['z2'], arrays['P']), loss_of(q2, arrays['z1'], arrays['P'])]
    for part, key in zip(parts, ('q1_z2', 'q2_z1'), strict=True):
        torch.testing.assert_close(part, arrays[f'{similarity}_loss_{key}'], atol=atol, rtol=0)
    loss = sum(parts) / 2
    torch.testing.assert_close(loss, arrays[f'{similarity}_loss'], atol=atol, rtol=0)
    loss.backward()
    bound = 2e-8 if dtype == torch.float64 else 3e-4
    for q, key in ((q1, 'q1'), (q2, 'q2')):
        torch.testing.assert_close(q.grad, arrays[f'{similarity}_grad_{key}'], atol=bound, rtol=0)


def test_uniform_weights_give_the_loss_of_byol(golden):
    arrays = tensors(golden)
    uniform = RebalancedConsistencyLoss(phi='uniform')
    views = (('q1', 'z2'), ('q2', 'z1'))
    found = [uniform(arrays[q], arrays[z], arrays['P']) for q, z in views]
    torch.testing.assert_close(sum(found) / 2, arrays['byol_loss'])
    gaps = [uniform(arrays['q1'][i:i + 1], arrays['z2'][i:i + 1], arrays['P']) for i in range(8)]
    torch.testing.assert_close(torch.stack(gaps), arrays['consis_q1_z2'])
    byol = CosineSimilarityLoss(shift_factor=2.0, scale_factor=2.0)
    torch.testing.assert_close(found[0], byol(arrays['q1'], arrays['z2']))
    same = torch.ones(1, 6, dtype=torch.float64).expand(8, 6)
    torch.testing.assert_close(RebalancedConsistencyLoss()(arrays['q1'], same, arrays['P']),
                               byol(arrays['q1'], same))


def test_only_the_student_gets_a_gradient_also_in_mixed_precision(golden):
    arrays = tensors(golden, torch.bfloat16)
    inputs = [arrays[key].requires_grad_() for key in ('q1', 'z2', 'P')]
    with torch.autocast('cpu', torch.bfloat16):
        loss = RebalancedConsistencyLoss()(*inputs)
    full = RebalancedConsistencyLoss()(*(tensor.float() for tensor in inputs))
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, full)
    loss.backward()
    assert inputs[0].grad.isfinite().all() and inputs[0].grad.any()
    assert inputs[1].grad is None and inputs[2].grad is None


def run(rank, sizes):
    generator = torch.Generator().manual_seed(0)
    student, teacher = (torch.randn(9, 6, generator=generator) for _ in range(2))
    prototypes = torch.randn(12, 6, generator=generator)
    share = slice(sum(sizes[:rank]), sum(sizes[:rank + 1]))
    student = student[share].requires_grad_()
    loss_of = RebalancedConsistencyLoss()
    weights, start = loss_of.joint_weights(teacher[share], prototypes)
    assert start == share.start
    loss = loss_of(student, teacher[share], prototypes)
    loss.backward()
    return loss.item(), student.grad, weights


@pytest.mark.parametrize('sizes', [(5, 4), (1, 8)])
def test_two_ranks_equal_the_joint_batch(sizes):
    expected, (one, other) = run(0, (9, )), on_two_ranks(run, sizes)
    assert (one[0] + other[0]) / 2 == pytest.approx(expected[0], abs=1e-6)
    torch.testing.assert_close(torch.cat([one[1], other[1]]) / 2, expected[1])
    assert one[2].equal(other[2])
    torch.testing.assert_close(one[2], expected[2], rtol=1e-6, atol=1e-6)


def test_the_weights_are_those_of_the_function(golden):
    arrays = tensors(golden)
    weights, start = RebalancedConsistencyLoss(clip_ratio=3.0).joint_weights(
        arrays['z1'], arrays['P'])
    assert start == 0 and weights.equal(prototype_weights(arrays['z1'], arrays['P'], 3.0))


def test_mistakes_are_told():
    with pytest.raises(ValueError, match="prototypes, uniform, got 'flat'"):
        RebalancedConsistencyLoss(phi='flat')
    with pytest.raises(ValueError, match="cosine, inner, got 'l2'"):
        RebalancedConsistencyLoss(similarity='l2')
    with pytest.raises(ValueError, match='at least 1, got 0'):
        RebalancedConsistencyLoss(clip_ratio=0)
    with pytest.raises(ValueError, match=r'same shape, got \(2, 4\) and \(2, 3\)'):
        RebalancedConsistencyLoss()(torch.ones(2, 4), torch.ones(2, 3), torch.ones(5, 3))
