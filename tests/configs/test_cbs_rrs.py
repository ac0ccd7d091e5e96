"""The configs of CBS+RRS on large sets hold the numbers of the paper, and one set of our own."""

import numpy as np
import pytest

from ltplug.apis.config import load_config
from ltplug.apis.recipes import load_recipe

from .test_schedules import learning_rates

LARGE = [('resnet10_30e_imagenet-lt', 30, 512, 1000), ('resnet50_90e_imagenet-lt', 90, 2048, 1000),
         ('resnet152_30e_places-lt', 30, 2048, 365), ('resnet50_90e_places-lt', 90, 2048, 365)]
HALF = 128  # S


@pytest.mark.parametrize(('name', 'epochs', 'width', 'num_classes'), LARGE)
@pytest.mark.parametrize('method', ['rrs-only', 'cbs-only', 'cbs-rrs', 'cbs-rrs-ss'])
def test_large_sets(method, name, epochs, width, num_classes, configs):
    cfg = load_config(configs / f'cbs_rrs/{method}_{name}.py')
    expected = 0.05 * (1 + np.cos(np.pi * np.arange(epochs) / epochs))
    np.testing.assert_allclose(learning_rates(cfg), expected, atol=1e-12)
    assert dict(cfg.optim_wrapper.optimizer) == dict(
        type='SGD', lr=0.1, momentum=0.9, weight_decay=5e-4)

    batch_size = 2 * HALF if method.startswith('cbs-rrs') else HALF
    assert cfg.train_dataloader.batch_size == cfg.auto_scale_lr.base_batch_size == batch_size
    assert cfg.auto_scale_lr.enable
    assert cfg.train_dataloader.batch_sampler.get('num_samples_per_class', 4) == 4

    neck, head = cfg.model.neck, cfg.model.head
    assert (neck.in_channels, neck.out_channels, neck.act_cfg.type) == (width, 512, 'ReLU')
    assert (head.in_channels, head.num_classes, head.loss.scheme) == (512, num_classes, 'none')
    assert cfg.val_evaluator.boundary == cfg.test_evaluator.boundary == 'inclusive'
    assert cfg.model.backbone.get('frozen_stages', -1) == -1, 'all of the features are trained'
    is_pretrained = 'init_cfg' in cfg.model.backbone
    assert is_pretrained == ('resnet152' in name)
    factors = cfg.optim_wrapper.get('paramwise_cfg', {}).get('custom_keys', {})
    assert factors == (dict(backbone=dict(lr_mult=0.01)) if is_pretrained else {})


@pytest.mark.parametrize(('variant', 'weights', 'rotates', 'augments'), [
    ('', (0.5, 1.0), False, False),
    ('-ss', (0.5, 1.0), True, False),
    ('-1to1', (1.0, 1.0), False, False),
    ('-2to1', (1.0, 0.5), False, False),
    ('-rotaug', (0.5, 1.0), False, True),
])
@pytest.mark.parametrize('name', [LARGE[0][0], LARGE[3][0]])
def test_weights_and_rotations(variant, weights, rotates, augments, name, configs):
    model = load_config(configs / f'cbs_rrs/cbs-rrs{variant}_{name}.py').model
    assert (model.balanced_weight, model.uniform_weight) == weights
    assert ('rotation_head' in model) == rotates
    assert model.get('rotation_weight', 1.0) == 1.0
    assert model.get('rotation_augmentation', False) == augments


def test_fine_tuning_keeps_the_features_and_starts_a_new_classifier(configs):
    recipe = load_recipe(configs / 'cbs_rrs/ftrrs-cbs_resnet10_imagenet-lt_recipe.py')
    first, second = recipe.stages.values()
    assert second.source.parts == {'backbone': 'backbone', 'neck': 'neck'}
    assert first.config.model == second.config.model
    assert second.config.train_dataloader.batch_sampler.type == 'ltplug.ClassBalancedBatchSampler'
