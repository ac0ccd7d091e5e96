import pytest
import torch

from ltplug.models import NTXentLoss
from ltplug.models.utils import LossMemory
from ltplug.ops import memorization_strengths
from tests.models.methods.small import batch, build
from tests.ranks import on_two_ranks


def build_with_room(size=8):
    model = build('BCL', momentum=0.9)
    model.memory.allocate(size)
    return model


def per_image(model, views):
    """The loss of both anchors of each image, by a loop."""
    vectors = torch.nn.functional.normalize(model.project(torch.cat(views)), dim=1)
    logits = (vectors @ vectors.T / 0.2).fill_diagonal_(-torch.inf)
    number, found = len(views[0]), []
    for i in range(number):
        anchors = [(i, i + number), (i + number, i)]
        found.append(sum(logits[a].logsumexp(dim=0) - logits[a, b] for a, b in anchors) / 2)
    return torch.stack(found)


def test_losses_are_remembered_by_the_index_in_the_dataset():
    model, (views, samples) = build_with_room(), batch()
    expected = per_image(model, views).detach()
    order = [3, 1, 0, 5, 4, 2]
    found = model([view[order] for view in views], [samples[i] for i in order], mode='loss')['loss']
    torch.testing.assert_close(found, expected.mean())
    torch.testing.assert_close(found, NTXentLoss(0.2)(*map(model.project, views)))
    memory = model.memory.losses
    torch.testing.assert_close(memory[:6], expected)
    assert memory[6:].isnan().all()

    other_views, samples = batch(seed=1)
    second = per_image(model, other_views).detach()
    model(other_views, samples, mode='loss')
    torch.testing.assert_close(memory[:6], 0.9 * expected + 0.1 * second)
    assert model.memory.strengths().equal(memorization_strengths(memory))
    assert 'memory.losses' in model.state_dict()


def run(rank, sizes):
    model, share = build_with_room(), slice(sum(sizes[:rank]), sum(sizes[:rank + 1]))
    for step in range(2):
        model.zero_grad()
        views, samples = batch(seed=step)
        model([view[share] for view in views], samples[share], mode='loss')['loss'].backward()
    return [p.grad for p in model.parameters()], model.memory.losses


@pytest.mark.parametrize('sizes', [(3, 3), (4, 2)])
def test_two_ranks_equal_the_joint_batch(sizes):
    (grads, memory), (one, other) = run(0, (6, )), on_two_ranks(run, sizes)
    for a, b, joint in zip(one[0], other[0], grads, strict=True):
        torch.testing.assert_close((a + b) / 2, joint, rtol=1e-4, atol=1e-6)
    assert one[1].equal(other[1]) or one[1].isnan().equal(other[1].isnan())
    torch.testing.assert_close(one[1], memory, equal_nan=True)


def test_mistakes_are_told():
    with pytest.raises(ValueError, match='"ltplug.DrawDataset", dataset=...\\) and add'):
        build_with_room()(*batch(marked=False), mode='loss')
    with pytest.raises(ValueError, match='strengths=dict\\(type="ltplug.MemorizedStrengthHook"'):
        build('BCL')(*batch(), mode='loss')
    with pytest.raises(ValueError, match=r'\[0, 1\), got 1'):
        LossMemory(1)
