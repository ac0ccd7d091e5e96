"""Every method trains with every switch that works on a CPU, and learns what it should."""

import copy
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.logging import MessageHub
from mmengine.model import BaseAveragedModel
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS
from torch import nn

from ltplug.apis.runner import build_runner
from ltplug.engine.pretended_gpu import pretended_gpu
from ltplug.models.utils import keep_losses_in_full_precision
from ltplug.models.utils.activation_checkpointing import checkpoint_activations
from ltplug.models.utils.channels_last import use_channels_last
from ltplug.models.utils.compiled_backbones import compile_backbones
from tests.apis.captured import captured, one_step, small
from tests.apis.half_precision import OutsideOfNetworks
from tests.configs.conftest import less_to_wait_for  # noqa: F401 (a fixture)
from tests.models.methods.small import PARTS, batch

ROOT = Path(__file__).parents[2]
METHODS = {
    'ce': 'ce/ce', 'cbs_rrs': 'cbs_rrs/cbs-rrs-ss', 'crt': 'crt/crt', 'lws': 'lws/lws',
    'ldam': 'ldam/ldam-drw', 'scl': 'scl/scl', 'kcl': 'kcl/kcl', 'tsc': 'tsc/tsc',
    'sbcl': 'sbcl/sbcl', 'dscl': 'dscl/dscl-pbsd', 'sdclr': 'sdclr/sdclr',
    'fassl': 'fassl/fassl', 'prototypes': 'fassl/fassl-prototypes', 'simclr': 'simclr/simclr',
    'byol': 'byol/byol', 'swav': 'swav/swav', 'moco': 'moco/moco', 'bcl_i': 'bcl_i/bcl-i',
    'jigsaw': 'ssp/jigsaw', 'ssp': 'ssp/rotation', 'vat': 'self_training/vat',
    'self_training': 'self_training/self-training-ce', 'mean_teacher': 'self_training/mean-teacher',
    'probe': 'scl/cosine-ldam-probe',
}
OTHER_LOSSES = {
    'balanced_softmax': 'balanced_softmax/balanced-softmax', 'focal': 'focal/cb-focal',
    'logit_adjustment': 'logit_adjustment/logit-adjustment', 'reweighting': 'reweighting/cb-ce',
    'resampling': 'resampling/class-balanced',
}
"""Methods that are another one's network and sampler with a loss of their own."""
CALLS_OF_THE_BACKBONE = ('ce', 'crt', 'dscl', 'sdclr', 'fassl', 'byol', 'swav', 'vat',
                         'mean_teacher')
"""One method for each way in which backbones are called: once, frozen, by crops, as a teacher."""
ALL = {**METHODS, **OTHER_LOSSES}

pytestmark = pytest.mark.usefixtures('less_to_wait_for')


def path_of(name: str) -> Path:
    (path,) = (ROOT / 'configs').glob(f'{ALL[name]}_cifar-resnet20_*_digits-lt.py')
    return path


@pytest.fixture(scope='module')
def in_the_middle(tmp_path_factory):
    """Train a method for an epoch, once: ``model, batch = in_the_middle('ce')``."""
    found = {}

    def get(name):
        if name not in found:
            init_default_scope('mmpretrain')
            folder = tmp_path_factory.mktemp(name)
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(folder)
                found[name] = captured(small(path_of(name), folder))
        return found[name]

    return get


def test_no_folder_is_forgotten():
    folders = {path.parent.name for path in (ROOT / 'configs').glob('*/*_digits-lt.py')}
    assert folders == {Path(name).parent.name for name in ALL.values()}


WAITING = {'tsc': {'ltplug.ops.class_targets'}}  # assigns targets on the CPU
"""Where methods wait nevertheless."""


@pytest.mark.parametrize('name', sorted({*ALL} - {'vat'}))  # it has a generator on the device
def test_no_step_waits_for_a_gpu(name, in_the_middle):
    model, data = copy.deepcopy(in_the_middle(name))
    with pretended_gpu() as gpu:
        model.to(gpu.device).train()
        for average in model.modules():
            if isinstance(average, BaseAveragedModel):  # moving to 'meta' makes new parameters
                average.avg_parameters = dict(average.module.named_parameters())
        losses = []
        for _ in range(2):  # the first may look around
            gpu.reset()
            prepared = model.data_preprocessor(copy.deepcopy(data), True)
            losses = model(**prepared, mode='loss')
            model.parse_losses(losses)[0].backward()
    assert losses and gpu.launched > 50
    assert {place.partition(':')[0] for _, place in gpu.waits} == WAITING.get(name, set())
    assert not [each for each in gpu.uploads if not each.non_blocking]


def change(model: nn.Module, switch: str) -> nn.Module:
    model = copy.deepcopy(model)
    if switch == 'channels_last':
        use_channels_last(model)
    elif switch == 'checkpoint_activations':
        assert checkpoint_activations(model) > 0
    else:
        torch._dynamo.reset()
        assert compile_backbones(model, backend='eager') > 0
    return model


@pytest.mark.parametrize(('name', 'switch'), [
    *((name, 'checkpoint_activations') for name in METHODS),
    *((name, 'compile_backbone') for name in CALLS_OF_THE_BACKBONE)])
def test_the_model_learns_exactly_the_same(in_the_middle, name, switch):
    model, batch = in_the_middle(name)
    changed = change(model, switch)
    assert changed.state_dict().keys() == model.state_dict().keys()
    expected, found = one_step(copy.deepcopy(model), batch), one_step(changed, batch)
    for before, after in zip(expected, found, strict=True):
        torch.testing.assert_close(after, before, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize('name', METHODS)
def test_the_layout_in_memory_changes_rounding_alone(in_the_middle, name):
    model, batch = in_the_middle(name)
    changed = change(model, 'channels_last')
    weights = [weight for weight in changed.parameters() if weight.ndim == 4]
    assert all(weight.is_contiguous(memory_format=torch.channels_last) for weight in weights)
    expected, found = one_step(copy.deepcopy(model), batch), one_step(changed, batch)
    for part in (0, 2):  # results and state
        torch.testing.assert_close(found[part], expected[part], rtol=1e-4, atol=1e-4,
                                   equal_nan=True)
    # Single entries jump where rounding moves the input of a ReLU over 0.
    before, after = (torch.cat([each[1][key].flatten() for key in expected[1]])
                     for each in (expected, found))
    assert (after - before).norm() < 0.02 * before.norm()


@pytest.mark.parametrize('name', ALL)
def test_losses_are_float32_under_autocast(in_the_middle, name):
    model, batch = in_the_middle(name)
    expected, gradients, _ = one_step(copy.deepcopy(model), batch)
    mixed = copy.deepcopy(model)
    keep_losses_in_full_precision(mixed)
    watch = OutsideOfNetworks(mixed)
    losses, mixed_gradients, state = one_step(mixed, batch, watch)
    assert watch.operators == set()
    # nothing is left to round where cosines of ready features are learned
    assert watch.is_used != (name == 'probe')
    assert mixed_gradients.keys() == gradients.keys()
    for key, value in losses.items():
        if torch.is_tensor(value):
            assert value.dtype is torch.float32
        if 'accuracy' not in key:
            torch.testing.assert_close(value, expected[key], rtol=0.02, atol=0.02)
    for value in [*mixed_gradients.values(), *state.values()]:
        assert value.dtype not in (torch.bfloat16, torch.float16)


STOCK = {
    'BYOL': dict(base_momentum=0.1, head=dict(
        type='LatentPredictHead', loss=dict(type='CosineSimilarityLoss'),
        predictor=dict(type='NonLinearNeck', in_channels=16, hid_channels=32, out_channels=16,
                       with_avg_pool=False, with_last_bn=False, norm_cfg=dict(type='LN')))),
    'MoCo': dict(queue_len=12, feat_dim=16, momentum=0.1, head=dict(
        type='ContrastiveHead', loss=dict(type='CrossEntropyLoss'), temperature=0.2)),
}


def half_precision_in(model: nn.Module) -> set[str]:
    MessageHub.get_instance('stock').update_info('max_iters', 4)
    views, samples = batch(seed=0)
    with OutsideOfNetworks(model) as watch:
        model(views, samples, mode='loss')
    return watch.operators


def test_what_is_found_in_stock_methods():
    moco = {'type': 'MoCo', **PARTS, **STOCK['MoCo']}
    assert 'bmm' in half_precision_in(MODELS.build(moco))
    assert half_precision_in(MODELS.build({**moco, 'type': 'ltplug.MoCo'})) == set()
    byol = MODELS.build({'type': 'BYOL', **PARTS, **STOCK['BYOL']})
    kept = copy.deepcopy(byol)
    keep_losses_in_full_precision(kept)
    assert 'sum' in half_precision_in(byol)
    assert half_precision_in(kept) == set()


@pytest.mark.parametrize('name', METHODS)
def test_it_trains_with_all_of_them(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cfg = small(path_of(name), tmp_path, precision='bf16', channels_last=True,
                checkpoint_activations=True, optim_wrapper=dict(accumulative_counts=2))
    runner = build_runner(cfg)
    assert isinstance(cfg, Config) and 'accumulation' not in cfg.default_hooks
    runner._init_model_weights()
    before = copy.deepcopy(runner.model.state_dict())
    model = runner.train()
    history = runner.message_hub.get_scalar('train/loss').data[0]
    assert len(history) == 2 and all(map(torch.isfinite, map(torch.as_tensor, history)))
    moved = [name for name, parameter in model.named_parameters() if parameter.requires_grad
             and not torch.equal(parameter, before[name])]
    assert moved
    for key, value in model.state_dict().items():
        assert value.dtype not in (torch.bfloat16, torch.float16), key
