"""The bases of probes hold the numbers of the papers and make runs that step."""

import json

import numpy as np
import pytest
import torch
from mmpretrain.registry import MODELS

from ltplug.apis import train
from ltplug.apis.config import load_config

from .test_schedules import learning_rates

RUN = '''
_base_ = [
    '{bases}/models/{model}.py',
    '{bases}/datasets/digits-lt.py',
    '{bases}/schedules/{schedule}.py',
    '{bases}/default_runtime.py',
]
train_dataloader = dict(
    num_workers=0, batch_size=200, {loader}
    dataset=dict(_delete_=True, type='ltplug.FeatureDataset', dataset=dict(
        type='ltplug.Digits', split='train', pipeline=[dict(type='PackInputs')], indices=400)))
val_dataloader = dict(num_workers=0)
test_dataloader = dict(num_workers=0)
'''
BALANCED = "sampler=dict(_delete_=True, type='ltplug.WeightedClassSampler', power=0),"
CLASS_AWARE = '''sampler=dict(_delete_=True, type='ltplug.ClassAwareSampler'),
    batch_sampler=dict(drop_last=True),'''
PROTOCOLS = {
    'SBCL on CIFAR': dict(
        model='cifar-resnet32_cosine-ldam_probe', schedule='cosine-probe_200e', loader=''),
    'SBCL on ImageNet-LT': dict(
        model='resnet50_probe', schedule='linear-probe_40e', loader=CLASS_AWARE),
    'DSCL': dict(model='resnet50_probe', schedule='linear-probe_40e', loader=BALANCED),
    'SDCLR, pool': dict(model='cifar-resnet32_probe', schedule='linear-probe_30e', loader=''),
    'SDCLR, few-shot': dict(
        model='cifar-resnet32_probe', schedule='linear-probe_few-shot_100e', loader=''),
}


@pytest.fixture
def protocol(configs, tmp_path):
    def load(name):
        path = tmp_path / 'probe.py'
        path.write_text(RUN.format(bases=configs / '_base_', **PROTOCOLS[name]))
        return load_config(path)

    return load


def steps(rates):
    """Return epochs (from 0) at which the rate changes, and by how much."""
    changes = np.flatnonzero(np.diff(rates)) + 1
    return {int(epoch): round(float(rates[epoch] / rates[epoch - 1]), 6) for epoch in changes}


@pytest.mark.parametrize(('name', 'rate', 'epochs', 'drops', 'batch_size'), [
    ('SBCL on ImageNet-LT', 10, 40, [20, 30], 2048),
    ('DSCL', 10, 40, [20, 30], 2048),
    ('SDCLR, pool', 30, 30, [10, 20], 128),
    ('SDCLR, few-shot', 30, 100, [40, 60], 128),
])
def test_linear_probes(protocol, name, rate, epochs, drops, batch_size):
    cfg = protocol(name)
    rates = learning_rates(cfg)
    assert len(rates) == epochs and rates[0] == rate
    assert steps(rates) == dict.fromkeys(drops, 0.1)
    assert dict(cfg.optim_wrapper.optimizer) == dict(
        type='SGD', lr=rate, momentum=0.9, weight_decay=0)
    assert cfg.auto_scale_lr.base_batch_size == batch_size
    assert cfg.auto_scale_lr.enable == (batch_size == 2048)


def test_the_cosine_probe(protocol):
    cfg = protocol('SBCL on CIFAR')
    rates = learning_rates(cfg)
    np.testing.assert_allclose(rates[:6], [0.02, 0.04, 0.06, 0.08, 0.1, 0.1])
    assert len(rates) == 200 and steps(rates[5:]) == {135: 0.1, 175: 0.1}
    assert dict(cfg.optim_wrapper.optimizer) == dict(
        type='SGD', lr=0.1, momentum=0.9, weight_decay=0)
    loss = MODELS.build(cfg.model).head.loss_module
    assert (loss.max_margin, loss.scale, loss.scheme, loss.beta) == (0.5, 30, 'effective', 0.9999)


@pytest.mark.parametrize('name', ['DSCL', 'SDCLR, pool'])
def test_linear_heads_start_small(protocol, name):
    cfg = protocol(name)
    model = MODELS.build(cfg.model)
    assert model.has_frozen_features and model.norm_mode == 'eval'
    torch.nn.init.ones_(model.head.fc.bias)
    torch.manual_seed(0)
    model.head.init_weights()
    assert model.head.fc.weight.std().item() == pytest.approx(0.01, rel=0.1)
    assert model.head.fc.bias.abs().max() == 0


@pytest.mark.parametrize('name', list(PROTOCOLS))
def test_it_steps_on_features(protocol, name, tmp_path):
    cfg = protocol(name)
    cfg.model.backbone = dict(type='ltplug.CIFARResNet', depth=8)
    cfg.model.head.update(in_channels=64, num_classes=10)
    cfg.train_cfg.update(max_epochs=1, val_interval=1)
    cfg.default_hooks.logger.interval = 1
    results = train(cfg, tmp_path / 'run')
    assert np.isfinite(results['metrics']['group_accuracy/top1'])
    (log, ) = (tmp_path / 'run').glob('*/vis_data/scalars.json')
    records = [json.loads(line) for line in log.read_text().splitlines()]
    losses = [record['loss'] for record in records if 'loss' in record]
    assert len(losses) == 2 and np.isfinite(losses).all() and losses[0] != losses[1]
    assert len(list((tmp_path / 'run/feature_cache').glob('*.npy'))) == 1
