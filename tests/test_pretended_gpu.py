"""The counters of the pretended GPU against what is asked of it."""

import torch
from torch import nn

from ltplug.engine.pretended_gpu import pretended_gpu


def test_a_step_of_training_is_counted():
    model = nn.Sequential(nn.Linear(4, 3), nn.ReLU())
    with pretended_gpu() as gpu:
        model.to(gpu.device)
        gpu.reset()
        loss = model(torch.rand(5, 4).to(gpu.device, non_blocking=True)).sum()
        assert gpu.launches == {'_to_copy.default': 1, 'addmm.default': 1, 'relu.default': 1,
                                'sum.default': 1}
        loss.backward()
    assert gpu.launched > 6 and not gpu.waits
    assert [(each.nbytes, each.waits) for each in gpu.uploads] == [(80, False)]


def test_what_needs_values_waits():
    with pretended_gpu() as gpu:
        values = torch.empty(6, 2, device=gpu.device)
        assert (values > 0).nonzero().shape == (6, 2)
        assert values[torch.empty(6, dtype=torch.bool, device=gpu.device)].shape == (3, 2)
        assert values.sum().item() == 1 and values.cpu().shape == (6, 2)
        values.long().flatten().unique()
    assert [name for name, _ in gpu.waits] == [
        'nonzero.default', 'index.Tensor', '_local_scalar_dense.default', '_to_copy.default',
        '_unique2.default']


def test_uploads_wait_unless_small_or_pinned():
    with pretended_gpu() as gpu:
        for values in (torch.zeros(4), torch.zeros(20000), torch.zeros(20000).pin_memory()):
            values.to(gpu.device, non_blocking=True)
            torch.empty(len(values), device=gpu.device).copy_(values)
        torch.arange(4, device=gpu.device).float()
    assert [each.waits for each in gpu.uploads] == [False, True, True, True, False, True]


def test_nothing_stays_behind():
    before = torch.autocast
    with pretended_gpu() as gpu, torch.autocast('meta', enabled=False):
        pass
    assert torch.autocast is before
    torch.empty(2, device='meta').add(1)
    assert gpu.launched == 0
