import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS
from mmpretrain.registry import MODELS

from ltplug.apis.config import load_config
from ltplug.registry import HOOKS


def learning_rates(cfg: Config) -> np.ndarray:
    """Return the learning rate of every epoch."""
    parameter = torch.nn.Linear(1, 1)
    wrapper = build_optim_wrapper(parameter, cfg.optim_wrapper)
    schedulers = [PARAM_SCHEDULERS.build(scheduler, default_args=dict(optimizer=wrapper))
                  for scheduler in cfg.param_scheduler]
    rates = []
    for _ in range(cfg.train_cfg.max_epochs):
        rates.append(wrapper.get_lr()['lr'][0])
        wrapper.optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
    return np.array(rates)


def test_cifar_schedule_equals_the_reference(golden, configs):
    cfg = load_config(configs / 'ldam/ldam-drw_cifar-resnet32_200e_cifar10-lt-ir100.py')
    rates = learning_rates(cfg)
    for name in ('ldam_cifar_200', 'ssp_cifar_200'):
        np.testing.assert_allclose(rates, golden('rebal_schedules')[name], rtol=1e-9)


def test_cifar_optimizer_is_that_of_the_notes(configs):
    cfg = load_config(configs / 'ce/ce_cifar-resnet32_200e_cifar100-lt-ir100.py')
    assert dict(cfg.optim_wrapper.optimizer) == dict(
        type='SGD', lr=0.1, momentum=0.9, weight_decay=2e-4)
    assert cfg.train_dataloader.batch_size == 128
    assert not cfg.train_dataloader.batch_sampler.get('drop_last', False)


@pytest.mark.parametrize(('name', 'weight_decay'), [
    ('resnet10_90e_imagenet-lt', 5e-4),
    ('resnet50_90e_places-lt', 5e-4),
    ('resnet50_90e_inat18', 1e-4),
])
def test_large_data_sets_share_the_cosine_schedule(name, weight_decay, golden, configs):
    cfg = load_config(configs / f'ce/ce_{name}.py')
    reference = golden('rebal_schedules')['bf_cos_lr0.2_E90']
    np.testing.assert_allclose(learning_rates(cfg), reference, rtol=1e-9, atol=1e-12)
    assert dict(cfg.optim_wrapper.optimizer) == dict(
        type='SGD', lr=0.2, momentum=0.9, weight_decay=weight_decay)
    # lr 0.2 belongs to 512 images, on however many GPUs
    assert dict(cfg.auto_scale_lr) == dict(enable=True, base_batch_size=512)


def test_a_pretrained_backbone_learns_ten_times_slower(golden, configs):
    cfg = load_config(configs / 'ce/ce_resnet152_30e_places-lt.py')
    reference = golden('rebal_schedules')['bf_cos_lr0.2_E30'] / 2
    np.testing.assert_allclose(learning_rates(cfg), reference, rtol=1e-9, atol=1e-12)
    model = MODELS.build(cfg.model)
    model.train()
    optimizer = build_optim_wrapper(model, cfg.optim_wrapper).optimizer
    rates = {id(parameter): group['lr']
             for group in optimizer.param_groups for parameter in group['params']}
    trained = {name: rates[id(parameter)] for name, parameter in model.named_parameters()
               if parameter.requires_grad}
    assert {name.split('.')[0] for name in trained} == {'backbone', 'head'}
    for name, rate in trained.items():
        assert rate == pytest.approx(0.01 if name.startswith('backbone.layer4') else 0.1), name


@pytest.mark.parametrize('method', ['scl', 'kcl', 'tsc', 'sbcl'])
def test_contrastive_features_on_cifar(method, configs):
    cfg = load_config(configs / f'{method}/{method}_cifar-resnet32_1000e_cifar100-lt-ir50.py')
    rates = learning_rates(cfg)
    np.testing.assert_allclose(rates[[0, 10, 505]], [0.01, 0.5, 0.25], rtol=1e-3)
    assert len(rates) == 1000 and (np.diff(rates[10:]) < 0).all() and 0 < rates[-1] < 6e-5
    assert dict(cfg.optim_wrapper.optimizer) == dict(
        type='SGD', lr=0.5, momentum=0.9, weight_decay=1e-4)
    assert cfg.train_dataloader.batch_size == 1024
    assert cfg.model.loss.temperature == (0.07 if method in ('kcl', 'tsc') else 0.1)


@pytest.mark.parametrize('dataset', ['imagenet-lt', 'inat18'])
def test_contrastive_features_on_large_data_sets_restart_after_the_warm_up(dataset, configs):
    for method in ('sbcl-warmup', 'sbcl', '../tsc/tsc'):
        cfg = load_config(configs / f'sbcl/{method}_resnet50_200e_{dataset}.py')
        rates = learning_rates(cfg)
        np.testing.assert_allclose(rates[[0, 100]], [0.1, 0.05])
        assert len(rates) == 200 and 0 < rates[-1] < 1e-4
        assert dict(cfg.optim_wrapper.optimizer) == dict(
            type='SGD', lr=0.1, momentum=0.9, weight_decay=1e-4)
        assert dict(cfg.auto_scale_lr) == dict(enable=True, base_batch_size=256)
        assert (cfg.model.queue_len, cfg.model.loss.temperature) == (65536, 0.07)


@pytest.mark.parametrize(('name', 'temperature', 'hook'), [
    *[(f'cifar-resnet32_1000e_cifar{number}-lt-ir{ratio}', 0.1, (10, 10, 10))
      for number in (10, 100) for ratio in (100, 50, 10)],
    ('resnet50_200e_imagenet-lt', 0.07, (0, 5, 20)),
    ('resnet50_200e_inat18', 0.07, (0, 5, 20)),
])
def test_clusters_of_sbcl(name, temperature, hook, configs):
    cfg = load_config(configs / f'sbcl/sbcl_{name}.py')
    assert cfg.model.loss == dict(
        type='ltplug.BiGranularityLoss', temperature=temperature, beta=0.2)
    found = HOOKS.build(cfg.default_hooks.subclasses)
    assert (found.warmup_epochs, found.interval, found.min_cluster_size) == hook
    assert found.alpha == 10 and not found.cluster_once and found.fixed_temperature is None


def test_ablations_of_sbcl_change_one_thing(configs):
    name = '_cifar-resnet32_1000e_cifar100-lt-ir100.py'
    whole = load_config(configs / f'sbcl/sbcl{name}').to_dict()
    for ablation, change in (('no-warmup', dict(warmup_epochs=0)),
                             ('cluster-once', dict(cluster_once=True)),
                             ('fixed-temperature', dict(fixed_temperature=0.2))):
        found = load_config(configs / f'sbcl/sbcl-{ablation}{name}').to_dict()
        assert found['model'] == whole['model']
        assert found['default_hooks']['subclasses'] == {
            **whole['default_hooks']['subclasses'], **change}
