import pytest
import torch
import torch.nn.functional as F
from mmengine.logging import MessageHub
from mmpretrain.models.losses import SwAVLoss as StockSwAVLoss

from ltplug.models import SwAVLoss
from tests.ranks import on_two_ranks


@pytest.fixture(autouse=True)
def epoch():
    MessageHub.get_instance('swav').update_info('epoch', 0)


def unit(number, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return F.normalize(torch.randn(number, 8, generator=generator), dim=1)


def build(**kwargs):
    torch.manual_seed(0)
    return SwAVLoss(8, num_prototypes=5, frozen_epochs=0, **kwargs)


@pytest.mark.parametrize('num_crops', [2, 3])
def test_it_equals_mmpretrains_in_one_process(num_crops):
    loss, features = build(num_crops=num_crops), unit(6 * num_crops).requires_grad_()
    stock, other = StockSwAVLoss(8, num_prototypes=5, num_crops=[num_crops]), features.detach()
    stock.prototypes.load_state_dict(loss.prototypes.state_dict())
    other.requires_grad_()
    for module, inputs in ((loss, features), (stock, other)):
        value = module(inputs)
        value.backward()
        inputs.value = value
    torch.testing.assert_close(features.value, other.value)
    torch.testing.assert_close(features.grad, other.grad)
    torch.testing.assert_close(loss.prototypes.weight.grad, stock.prototypes.weight.grad)
    assert loss.prototypes.weight.norm(dim=1).allclose(torch.ones(5))


def test_a_filled_queue_takes_part_in_the_assignment_as_in_mmpretrains():
    loss, stock = build(queue_length=12, queue_epoch=0), StockSwAVLoss(8, num_prototypes=5)
    stock.prototypes.load_state_dict(loss.prototypes.state_dict())
    stock.queue = torch.zeros(2, 12, 8)
    plain = build()
    for step in range(4):
        features = unit(12, seed=step)
        found = loss(features)
        torch.testing.assert_close(found, stock(features), msg=f'{step}')
        assert torch.isclose(found, plain(features)) == (step < 2), 'it is filled by two batches'
    other = build(queue_length=12, queue_epoch=1)
    other(features)
    assert other.queues[0].pointer == 0, 'before the epoch nothing is stored'


def test_prototypes_are_frozen_at_first():
    torch.manual_seed(0)
    loss, features = SwAVLoss(8, num_prototypes=5, frozen_epochs=1), unit(12).requires_grad_()
    value = loss(features)
    value.backward()
    assert not loss.prototypes.weight.grad.any() and features.grad.any()
    torch.testing.assert_close(value, build()(features))
    MessageHub.get_instance('swav').update_info('epoch', 1)
    loss(features).backward()
    assert loss.prototypes.weight.grad.any()


def run(rank, sizes):
    MessageHub.get_instance('swav').update_info('epoch', 0)
    loss = build(queue_length=9, queue_epoch=0)
    share = slice(sum(sizes[:rank]), sum(sizes[:rank + 1]))
    for step in range(3):
        loss.zero_grad()
        views = unit(12, seed=step).chunk(2)
        features = torch.cat([view[share] for view in views]).requires_grad_()
        value = loss(features)
        value.backward()
    return (value.item(), loss.prototypes.weight.grad, features.grad.chunk(2),
            loss.queues[1].features)


@pytest.mark.parametrize('sizes', [(3, 3), (4, 2)])
def test_two_ranks_equal_the_joint_batch(sizes):
    expected, (one, other) = run(0, (6, )), on_two_ranks(run, sizes)
    assert (one[0] + other[0]) / 2 == pytest.approx(expected[0], abs=1e-6)
    torch.testing.assert_close((one[1] + other[1]) / 2, expected[1], atol=1e-6, rtol=1e-4)
    for view in range(2):
        torch.testing.assert_close(torch.cat([one[2][view], other[2][view]]) / 2,
                                   expected[2][view], atol=1e-6, rtol=1e-4)
    for rank in (one, other):
        torch.testing.assert_close(rank[3], expected[3])


def test_mistakes_are_told():
    with pytest.raises(ValueError, match='assigned_crops from 1 to num_crops, got 2 and 3'):
        SwAVLoss(8, assigned_crops=3)
    with pytest.raises(ValueError, match='queue_length must be at least 0, got -1'):
        SwAVLoss(8, queue_length=-1)


def test_rounded_unit_vectors_are_made_unit_vectors_again():
    rounded = unit(12).bfloat16()
    expected = build()(F.normalize(rounded.float(), dim=1))
    with torch.autocast('cpu', dtype=torch.bfloat16):
        assert build()(rounded).equal(expected)
    assert not build()(rounded.float()).equal(expected), 'else nothing was rounded'
