"""Half precision on a GPU: every method, and the scale of the losses."""

import copy
import math

import pytest
import torch

from ltplug.apis import train
from ltplug.apis.runner import build_runner
from ltplug.engine.checkpoint_io import load_checkpoint_file
from ltplug.models.utils import keep_losses_in_full_precision
from tests.apis.captured import captured, one_step, small
from tests.apis.half_precision import OutsideOfNetworks
from tests.apis.test_switches_of_every_method import ALL, path_of
from tests.configs.conftest import less_to_wait_for  # noqa: F401 (a fixture)

if not torch.cuda.is_available():
    pytest.skip('This needs a GPU.', allow_module_level=True)

pytestmark = pytest.mark.usefixtures('less_to_wait_for')


@pytest.mark.parametrize('name', ALL)
def test_losses_are_float32_in_both_half_precisions(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model, batch = captured(small(path_of(name), tmp_path))
    expected, gradients, _ = one_step(copy.deepcopy(model), batch)
    for dtype in (torch.bfloat16, torch.float16):
        mixed = copy.deepcopy(model)
        keep_losses_in_full_precision(mixed)
        watch = OutsideOfNetworks(mixed, 'cuda', dtype)
        losses, mixed_gradients, state = one_step(mixed, batch, watch)
        assert watch.operators == set()
        assert watch.is_used != (name == 'probe')
        assert mixed_gradients.keys() == gradients.keys()
        for key, value in losses.items():
            assert not torch.is_tensor(value) or value.dtype is torch.float32
            if 'accuracy' not in key:
                torch.testing.assert_close(value, expected[key], rtol=0.02, atol=0.02)
        for value in [*mixed_gradients.values(), *state.values()]:
            assert value.dtype not in (torch.bfloat16, torch.float16)


@pytest.mark.parametrize(('name', 'precision'), [
    ('moco', 'fp16'), ('mean_teacher', 'fp16'), ('dscl', 'bf16'), ('sdclr', 'bf16')])
def test_it_trains_with_all_switches(name, precision, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runner = build_runner(small(path_of(name), tmp_path, precision=precision, channels_last=True,
                                checkpoint_activations=True,
                                optim_wrapper=dict(accumulative_counts=2)))
    model = runner.train()
    history = runner.message_hub.get_scalar('train/loss').data[0]
    assert len(history) == 2 and all(math.isfinite(value) for value in history)
    assert all(value.dtype not in (torch.bfloat16, torch.float16)
               for value in model.state_dict().values())


def test_the_scale_of_losses_goes_on_where_a_run_is_resumed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def config(epochs):
        cfg = small(path_of('ce'), tmp_path, precision='fp16', load_from=None)
        cfg.train_cfg.max_epochs = epochs
        cfg.optim_wrapper.update(type='ltplug.MixedPrecisionOptimWrapper',
                                 loss_scale=dict(init_scale=2.0**10, growth_interval=3))
        cfg.default_hooks.checkpoint.interval = 1
        cfg.default_hooks.checkpoint_fit = None  # which refuses another length
        return cfg

    def scaler(epoch):
        return load_checkpoint_file(tmp_path / f'epoch_{epoch}.pth')['optimizer']['loss_scaler']

    train(config(2), tmp_path)
    assert scaler(2)['scale'] == 2.0**10 and scaler(2)['_growth_tracker'] == 2
    train(config(4), tmp_path, resume='auto')
    assert scaler(4)['scale'] == 2.0**11 and scaler(4)['_growth_tracker'] == 1


def test_a_step_whose_gradients_overflow_is_left_out(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cfg = small(path_of('ce'), tmp_path, precision='fp16')
    cfg.train_cfg.max_epochs, cfg.optim_wrapper.loss_scale = 1, dict(init_scale=2.0**120)
    runner = build_runner(cfg)
    runner._init_model_weights()
    before = copy.deepcopy(dict(runner.model.named_parameters()))
    model = runner.train()
    assert all(parameter.equal(before[name]) for name, parameter in model.named_parameters())
    assert runner.optim_wrapper.loss_scaler.get_scale() < 2.0**120
