import copy

import torch

from ltplug.registry import MODELS
from tests.models.methods.small import PARTS, batch
from tests.ranks import on_two_ranks

MOCO = dict(queue_len=12, feat_dim=16, momentum=0.1, head=dict(
    type='ContrastiveHead', loss=dict(type='CrossEntropyLoss'), temperature=0.2), **PARTS)


def test_in_float32_it_is_that_of_mmpretrain():
    torch.manual_seed(0)
    stock, ours = (MODELS.build(dict(type=kind, **MOCO)) for kind in ('MoCo', 'ltplug.MoCo'))
    ours.load_state_dict(copy.deepcopy(stock.state_dict()))
    losses = []
    for model in (stock, ours):
        optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.05)
        torch.manual_seed(1)
        for step in range(3):
            optimizer.zero_grad()
            losses.append(model(*batch(seed=step), mode='loss')['loss'])
            losses[-1].backward()
            optimizer.step()
    torch.testing.assert_close(losses[3:], losses[:3])
    for key, value in stock.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[key], value, msg=key)


def test_keys_are_rounded_by_the_network_alone():
    """Under autocast unit vectors have length 1 in float32, which bfloat16 does not resolve."""
    torch.manual_seed(0)
    model = MODELS.build(dict(type='ltplug.MoCo', **MOCO))
    with torch.autocast('cpu', dtype=torch.bfloat16):
        model(*batch(), mode='loss')
    keys = model.queue[:, :6]
    assert not keys.equal(keys.bfloat16().float())
    torch.testing.assert_close(keys.norm(dim=0), torch.ones(6), atol=1e-6, rtol=0)


def test_batches_need_not_divide_the_queue():
    torch.manual_seed(0)
    model = MODELS.build(dict(type='ltplug.MoCo', **{**MOCO, 'queue_len': 8}))
    keys = [torch.randn(number, 16) for number in (5, 6, 20)]
    model._dequeue_and_enqueue(keys[0])
    model._dequeue_and_enqueue(keys[1])
    assert model.queue_ptr.item() == 3
    assert torch.equal(model.queue[:, 5:], keys[1][:3].T), 'the end of the ring'
    assert torch.equal(model.queue[:, :3], keys[1][3:].T), 'and its beginning'
    assert torch.equal(model.queue[:, 3:5], keys[0][3:].T)
    model._dequeue_and_enqueue(keys[2])
    assert sorted(model.queue.T.tolist()) == sorted(keys[2][-8:].tolist()), 'the last keys stay'


def loss_of(images):
    torch.manual_seed(0)
    model = MODELS.build(dict(type='ltplug.MoCo', **MOCO)).eval()
    views, samples = batch()
    return model([view[images] for view in views], samples[images], mode='loss')['loss'].item()


def loss_of_share(rank):
    return loss_of(slice(0, 4) if rank == 0 else slice(4, 6))


def test_the_average_over_unequal_shares_is_the_mean_of_all_images():
    losses = on_two_ranks(loss_of_share)
    torch.testing.assert_close(sum(losses) / 2, loss_of(slice(None)), rtol=1e-5, atol=0)
