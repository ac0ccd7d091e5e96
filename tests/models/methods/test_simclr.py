import pytest
import torch
from mmpretrain.models.selfsup import SimCLR as StockSimCLR

from tests.models.methods.small import PARTS, batch, build
from tests.ranks import on_two_ranks


def test_it_equals_mmpretrains_in_one_process():
    model = build('SimCLR', loss=dict(type='ltplug.NTXentLoss', temperature=0.5))
    stock = StockSimCLR(**PARTS, head=dict(
        type='ContrastiveHead', loss=dict(type='CrossEntropyLoss'), temperature=0.5))
    stock.load_state_dict(model.state_dict())
    results = []
    for each in (model, stock):
        loss = each(*batch(), mode='loss')['loss']
        loss.backward()
        results.append([loss, *(p.grad for p in each.parameters())])
    torch.testing.assert_close(*results, rtol=1e-4, atol=1e-6)


def gradients(rank, sizes):
    model, (views, samples) = build('SimCLR'), batch()
    share = slice(sum(sizes[:rank]), sum(sizes[:rank + 1]))
    loss = model([view[share] for view in views], samples[share], mode='loss')['loss']
    loss.backward()
    return [loss.detach(), *(p.grad for p in model.parameters())]


@pytest.mark.parametrize('sizes', [(3, 3), (5, 1)])
def test_two_ranks_equal_the_joint_batch(sizes):
    expected, (one, other) = gradients(0, (6, )), on_two_ranks(gradients, sizes)
    for a, b, joint in zip(one, other, expected, strict=True):
        torch.testing.assert_close((a + b) / 2, joint, rtol=1e-4, atol=1e-6)


def test_mistakes_are_told():
    with pytest.raises(ValueError, match='list of 2 views'):
        build('SimCLR')(*batch(num_views=3), mode='loss')
