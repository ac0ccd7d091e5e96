import copy

import pytest
import torch
from mmengine.optim import AmpOptimWrapper, OptimWrapper
from torch import nn

from ltplug.engine import MixedPrecisionOptimWrapper
from ltplug.registry import OPTIM_WRAPPERS


class Model(nn.Module):
    """A layer whose loss is stock."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 4)
        self.loss_module = nn.KLDivLoss(reduction='batchmean')

    def forward(self, x):
        scores = self.fc(x)
        self.dtype = scores.dtype
        return self.loss_module(scores.log_softmax(dim=1), torch.full((len(x), 4), 0.25))


def wrapper_of(model, **kwargs):
    return MixedPrecisionOptimWrapper(
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), **kwargs)


def step(model, wrapper, x):
    wrapper.initialize_count_status(model, 0, 2)
    with wrapper.optim_context(model):
        loss = model(x)
    wrapper.update_params(loss)
    return loss


def test_a_step_in_bfloat16_is_near_that_in_float32():
    torch.manual_seed(0)
    x, model = torch.randn(16, 8), Model()
    full = copy.deepcopy(model)
    optimizer = torch.optim.SGD(full.parameters(), lr=0.1, momentum=0.9)
    full(x).backward()
    optimizer.step()
    wrapper = wrapper_of(model)
    assert isinstance(wrapper, AmpOptimWrapper) and wrapper.cast_dtype is torch.bfloat16
    loss = step(model, wrapper, x)
    assert model.dtype is torch.bfloat16 and loss.dtype is torch.float32
    assert model.fc.weight.dtype is torch.float32
    torch.testing.assert_close(model.fc.weight, full.fc.weight, atol=2e-3, rtol=0)
    assert not model.fc.weight.equal(full.fc.weight)


def test_gradients_are_clipped_unscaled():
    torch.manual_seed(0)
    model = Model()
    before = model.fc.weight.detach().clone()
    wrapper = wrapper_of(model, clip_grad=dict(max_norm=1e-3))
    step(model, wrapper, 100 * torch.randn(16, 8))
    assert 0 < (model.fc.weight - before).norm() <= 1.01e-4


def test_states_go_from_one_precision_to_another():
    model = Model()
    wrapper = wrapper_of(model)
    step(model, wrapper, torch.randn(4, 8))
    state = copy.deepcopy(wrapper.state_dict())
    assert 'loss_scaler' not in state
    of_fp16 = {**state, 'loss_scaler': dict(scale=1024.0, growth_factor=2.0, backoff_factor=0.5,
                                            growth_interval=2000, _growth_tracker=3)}
    plain = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9))
    for other in (state, of_fp16):
        for target in (wrapper_of(model), plain):
            target.load_state_dict(copy.deepcopy(other))
            assert target.get_lr()['lr'] == [0.1]


def test_what_cannot_be_is_told():
    model = Model()
    with pytest.raises(ValueError, match="dtype must be one of bf16, fp16, got 'float16'"):
        wrapper_of(model, dtype='float16')
    with pytest.raises(ValueError, match=r"float16 needs a GPU: .* take precision='bf16'"):
        wrapper_of(model, dtype='fp16')
    with pytest.raises(ValueError, match="loss_scale must be a number"):
        wrapper_of(model, loss_scale='static')


def test_it_is_built_from_a_config():
    optimizer = torch.optim.SGD(Model().parameters(), lr=0.1)
    wrapper = OPTIM_WRAPPERS.build(dict(type='ltplug.MixedPrecisionOptimWrapper', dtype='bf16',
                                        accumulative_counts=2, optimizer=optimizer))
    assert wrapper._accumulative_counts == 2
