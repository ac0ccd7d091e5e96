"""The counters of the pretended GPU against what is asked of it."""

import pytest
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


def test_what_changes_values_is_launched_and_views_are_not():
    with pretended_gpu() as gpu:
        values = torch.empty(6, 2, device=gpu.device)
        values.view(12).detach()[3:].t()
        assert not gpu.launched
        values.add_(1)
        values[torch.zeros(2, dtype=torch.int64, device=gpu.device)].zero_()
    assert gpu.launches == {'add_.Tensor': 1, 'zeros.default': 1, 'index.Tensor': 1,
                            'zero_.default': 1} and not gpu.waits


@pytest.mark.parametrize(('name', 'ask', 'expected'), [
    ('nonzero.default', lambda values: (values > 0).nonzero().shape, (6, 2)),
    ('index.Tensor', lambda values: values[values[:, 0] > 0].shape, (3, 2)),
    ('index.Tensor of values on the CPU', lambda values: values[torch.tensor([0, 2])].shape,
     (2, 2)),
    ('index_put_.default', lambda values: values.index_put_((values > 0, ), values[0, 0]).shape,
     (6, 2)),
    ('masked_select.default', lambda values: values.masked_select(values > 0).shape, (6, )),
    ('_unique2.default', lambda values: values.unique().shape, (6, )),
    ('bincount.default', lambda values: values.long().ravel().bincount(minlength=4).shape, (4, )),
    ('bincount.default', lambda values: values[:, 0].long().bincount(values[:, 1]).dtype,
     torch.float32),
    ('equal.default', lambda values: torch.equal(values, values), True),
    ('_local_scalar_dense.default', lambda values: values.sum().item(), 1),
    ('_to_copy.default', lambda values: values.cpu().shape, (6, 2)),
    ('_to_copy.default', lambda values: values.to('cpu', torch.float64).dtype, torch.float64),
    ('copy_.default', lambda values: torch.zeros(6, 2).copy_(values).shape, (6, 2)),
])
def test_what_needs_values_waits(name, ask, expected):
    with pretended_gpu() as gpu:
        assert ask(torch.empty(6, 2, device=gpu.device)) == expected
    assert [operator for operator, _ in gpu.waits] == [name]


def test_uploads_wait_unless_small_or_pinned():
    with pretended_gpu() as gpu:
        pinned = torch.zeros(20000).pin_memory()
        gpu.reset()
        for values in (torch.zeros(4), torch.zeros(20000), pinned):
            values.to(gpu.device, non_blocking=True)
            for non_blocking in (False, True):
                torch.empty(len(values), device=gpu.device).copy_(values, non_blocking)
        torch.arange(4, device=gpu.device).float()
    assert [each.waits for each in gpu.uploads] == [False, True, False,
                                                    True, True, True,
                                                    False, True, False]


def test_nothing_stays_behind():
    before = torch.autocast
    with pretended_gpu() as gpu, torch.autocast('meta', enabled=False):
        pass
    assert torch.autocast is torch.amp.autocast is before
    assert not torch.__future__.get_swap_module_params_on_conversion()
    torch.empty(2, device='meta').add(1)
    assert gpu.launched == 0
