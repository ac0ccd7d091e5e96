import copy

import torch
from mmengine.logging import MessageHub

from ltplug.registry import MODELS
from tests.models.methods.small import batch
from tests.models.methods.test_stock_baselines import METHODS, PARTS


def test_it_is_that_of_mmpretrain():
    MessageHub.get_instance('byol').update_info('max_iters', 4)
    parts = {**PARTS, **METHODS['ltplug.BYOL']}
    stock, ours = (MODELS.build({'type': kind, **parts}) for kind in ('BYOL', 'ltplug.BYOL'))
    ours.load_state_dict(copy.deepcopy(stock.state_dict()))
    losses = []
    for model in (stock, ours):
        optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.05)
        for step in range(4):
            optimizer.zero_grad()
            loss = model(*batch(seed=step), mode='loss')['loss']
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    assert losses[4:] == losses[:4]
    for key, value in stock.state_dict().items():
        assert torch.equal(ours.state_dict()[key], value), key
