"""Methods of mmpretrain, used as they are or almost: two ranks equal one process."""

import pytest
import torch
from mmengine.logging import MessageHub
from mmengine.model import MMDistributedDataParallel

from ltplug.registry import MODELS
from tests.models.methods.small import PARTS, batch
from tests.ranks import on_two_ranks

PREDICTOR = dict(type='NonLinearNeck', in_channels=16, hid_channels=32, out_channels=16,
                 with_bias=True, with_last_bias=True, with_last_bn=False, with_avg_pool=False,
                 norm_cfg=dict(type='LN'))
SWAV_NECK = dict(type='SwAVNeck', in_channels=64, hid_channels=32, out_channels=16,
                 norm_cfg=dict(type='LN'))
METHODS = {
    'ltplug.BYOL': dict(base_momentum=0.1, head=dict(
        type='LatentPredictHead', predictor=PREDICTOR, loss=dict(type='CosineSimilarityLoss'))),
    'ltplug.MoCo': dict(queue_len=12, feat_dim=16, momentum=0.1, head=dict(
        type='ContrastiveHead', loss=dict(type='CrossEntropyLoss'), temperature=0.2)),
    'SwAV': dict(neck=SWAV_NECK, head=dict(type='SwAVHead', loss=dict(
        type='ltplug.SwAVLoss', feat_dim=16, num_prototypes=7, frozen_epochs=0))),
}


def train(rank, sizes, name):
    MessageHub.get_instance('baselines').update_info('max_iters', 4)
    torch.manual_seed(0)
    model = inner = MODELS.build({'type': name, **PARTS, **METHODS[name]})
    inner.init_weights()
    if len(sizes) > 1:
        model = MMDistributedDataParallel(inner, broadcast_buffers=False)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.05)
    share, losses = slice(sum(sizes[:rank]), sum(sizes[:rank + 1])), []
    for step in range(4):
        views, samples = batch(seed=step)
        optimizer.zero_grad()
        loss = model([view[share] for view in views], samples[share], mode='loss')['loss']
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return torch.tensor(losses), inner.state_dict()


def train_all(rank, sizes):
    return {name: train(rank, sizes, name) for name in METHODS}


@pytest.fixture(scope='module')
def shares():
    return on_two_ranks(train_all, (3, 3))


@pytest.mark.parametrize('name', METHODS)
def test_two_ranks_learn_what_one_process_learns(shares, name):
    losses, state = train(0, (6, ), name)
    one, other = (share[name] for share in shares)
    torch.testing.assert_close((one[0] + other[0]) / 2, losses, atol=1e-5, rtol=0)
    for rank in (one, other):
        for key, value in state.items():
            torch.testing.assert_close(rank[1][key], value, atol=1e-5, rtol=1e-4, msg=key)
