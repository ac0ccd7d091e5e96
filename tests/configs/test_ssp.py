"""Self-supervised pre-training sees the images that its methods are trained on, and no others."""

import numpy as np
import pytest

from ltplug.apis.config import load_config
from ltplug.apis.recipes import load_recipe

from .listing import ROOT
from .test_schedules import learning_rates

RECIPES = sorted(path.name for path in ROOT.glob('configs/ssp/*_recipe.py'))


def images(config):
    """Return what says which images a training sees."""
    dataset = config.train_dataloader.dataset
    inner = dataset.dataset
    chosen = {key: dataset.get(key) for key in
              ('imbalance_ratio', 'profile', 'max_count', 'class_order', 'seed')}
    return chosen | {key: inner.get(key) for key in ('type', 'split', 'ann_file', 'data_root')}


@pytest.mark.parametrize('name', RECIPES)
def test_all_stages_see_the_same_images(name):
    stages = load_recipe(ROOT / 'configs/ssp' / name).stages
    starts = [stage for stage in stages.values() if stage.config.get('test_dataloader') is None]
    assert starts, 'something is learned without labels'
    seen = [images(stage.config) for stage in stages.values()]
    assert all(each == seen[0] for each in seen)
    if 'step' in name:
        assert seen[0]['profile'] == 'step'
    for stage in stages.values():
        if stage.source is not None and stage.source.stage in {start.name for start in starts}:
            assert stage.source.parts == {'backbone': 'backbone'}


@pytest.mark.parametrize('name', ['resnet10_200e_imagenet-lt', 'resnet50_200e_imagenet-lt',
                                  'resnet50_200e_inat18'])
def test_moco_is_version_2(name):
    cfg = load_config(ROOT / f'configs/ssp/moco_{name}.py')
    model = cfg.model
    assert (model.queue_len, model.momentum, model.head.temperature) == (65536, 0.001, 0.2)
    assert (model.neck.type, model.feat_dim, model.neck.out_channels) == ('MoCoV2Neck', 128, 128)
    assert not model.backbone.zero_init_residual
    expected = 0.0075 * (1 + np.cos(np.pi * np.arange(200) / 200))
    np.testing.assert_allclose(learning_rates(cfg), expected, atol=1e-12)
    assert dict(cfg.optim_wrapper.optimizer) == dict(
        type='SGD', lr=0.015, momentum=0.9, weight_decay=1e-4)
    assert cfg.train_dataloader.batch_size == cfg.auto_scale_lr.base_batch_size == 128
    (views, ) = [each for each in cfg.train_dataloader.dataset.dataset.pipeline
                 if each.type == 'MultiView']
    (view, ) = views.transforms
    assert views.num_views == 2
    assert [each.type for each in view] == [
        'RandomResizedCrop', 'RandomApply', 'RandomGrayscale', 'GaussianBlur', 'RandomFlip']
    assert view[0].crop_ratio_range == (0.2, 1.0)
