"""The recipes of DSCL hold the numbers of the paper, and its ablations differ in what they name."""

import ast
import re

import numpy as np
import pytest
from mmengine.dataset import Compose

from ltplug.apis.config import load_config
from ltplug.apis.recipes import load_recipe
from ltplug.registry import MODELS, TRANSFORMS

from .fake_data import dicts_in
from .test_schedules import learning_rates


@pytest.fixture
def stages(configs):
    def load(name):
        return load_recipe(configs / 'dscl' / f'{name}_recipe.py').stages

    return load


def patches(cfg):
    (step, ) = [each for each in cfg.train_dataloader.dataset.dataset.pipeline
                if each.type == 'ltplug.GlobalPatchViews']
    return step


@pytest.mark.parametrize(('name', 'alpha', 'num_patches', 'mode'), [
    ('scl-moco_resnet50_imagenet-lt', None, 0, 'roi'),
    ('dscl_resnet50_imagenet-lt', 0.1, 0, 'roi'),
    ('scl-pbsd_resnet50_imagenet-lt', None, 5, 'roi'),
    ('dscl-pbsd_resnet50_imagenet-lt', 0.1, 5, 'roi'),
    ('dscl-pbsd-view_resnet50_imagenet-lt', 0.1, 5, 'view'),
    ('dscl-multi-crop_resnet50_imagenet-lt', 0.1, 5, 'multi_crop'),
    ('scl-moco_cifar-resnet20_digits-lt', None, 0, 'roi'),
    ('dscl_cifar-resnet20_digits-lt', 0.1, 0, 'roi'),
    ('scl-pbsd_cifar-resnet20_digits-lt', None, 2, 'roi'),
])
def test_ablations(stages, name, alpha, num_patches, mode):
    cfg = stages(name)['features'].config
    cfg.model.queue_len, cfg.model.backbone.depth = 8, 50 if 'resnet50' in name else 20
    model = MODELS.build(cfg.model)
    assert (model.loss_module.alpha, model.patch_mode) == (alpha, mode)
    assert patches(cfg).num_patches == num_patches
    assert model.patch_loss.loss_weight == 1.5
    assert model.loss_module.temperature == model.patch_loss.temperature


@pytest.mark.parametrize(('name', 'epochs', 'rate'), [
    ('dscl-pbsd_resnet50_imagenet-lt', 200, 10),
    ('dscl-pbsd-low-lr_resnet50_imagenet-lt', 200, 2.5),
    ('dscl-pbsd_resnet50_inat18', 200, 30),
    ('dscl-pbsd_resnet152_places-lt', 30, 2.5),
])
def test_stages_of_large_sets(stages, name, epochs, rate):
    features, classifier = (stage.config for stage in stages(name).values())
    expected = 0.05 * (1 + np.cos(np.pi * np.arange(epochs) / epochs))
    np.testing.assert_allclose(learning_rates(features), expected, atol=1e-12)
    assert features.auto_scale_lr == dict(enable=True, base_batch_size=256)
    assert (features.model.queue_len, features.model.momentum) == (65536, 0.001)
    step = patches(features)
    assert (step.patch_size, step.patch_scale) == (64, (0.05, 0.6))
    assert [each.type for each in step.geometry] == ['RandomResizedCrop', 'RandomFlip']
    assert learning_rates(classifier)[0] == rate and len(learning_rates(classifier)) == 40
    sampler = classifier.train_dataloader.sampler
    assert (sampler.type, sampler.power) == ('ltplug.WeightedClassSampler', 0)
    images = classifier.train_dataloader.dataset.dataset.pipeline
    assert [each.type for each in images] == [
        'LoadImageFromFile', 'RandomResizedCrop', 'RandomFlip', 'PackInputs']
    assert classifier.default_hooks.checkpoint_fit.parts == dict(backbone='backbone')
    assert features.model.backbone.depth == classifier.model.backbone.depth


def test_the_released_codes_choices(stages):
    features, classifier = (
        stage.config for stage in stages('dscl-pbsd-official_resnet50_imagenet-lt').values())
    loss = features.model.loss
    assert loss.alpha == pytest.approx(1 / 9) and loss.in_batch and loss.temperature == 0.07
    assert features.model.crops_move_statistics and classifier.model.norm_mode == 'train'
    warm_up, cosine = features.param_scheduler
    assert (warm_up.end, cosine.begin, cosine.end, cosine.T_max) == (10, 10, 200, 190)


@pytest.mark.parametrize('name', ['cifar10', 'cifar100'])
def test_colours_of_images_in_memory_change_as_rgb(name, configs):
    (path, ) = configs.glob(f'dscl/dscl-pbsd_*e_{name}-lt*.py')
    step = patches(load_config(path))
    image = np.zeros((32, 32, 3), dtype=np.uint8)
    image[..., 0] = 200  # red, a BGR image would be blue and so darker as grey
    (grey, ) = [each for each in step.query if 'Grayscale' in each.type]
    query = [each if each is not grey else {**each, 'p': 1.0} for each in step.query
             if each.type != 'RandomApply']
    seen = Compose([TRANSFORMS.build(each) for each in query])({'img': image})['img']
    assert seen[0, 0].tolist() == [60, 60, 60]  # 0.299 of 200
    jitter = [each for each in dicts_in(step.query) if 'Jitter' in each.get('type', '')]
    assert [each['type'] for each in jitter] == ['torchvision/ColorJitter']


@pytest.mark.parametrize('name', ['cifar10', 'cifar100', 'digits'])
def test_queues_of_small_sets_are_shorter_than_the_sets(name, configs):
    (path, ) = configs.glob(f'dscl/dscl-pbsd_*e_{name}-lt*.py')
    assert load_config(path).model.queue_len < {
        'cifar10': 12406, 'cifar100': 10847, 'digits': 371}[name]


@pytest.mark.parametrize(('read', 'expected'), [
    (lambda cfg: cfg.model.loss.alpha, 0),
    (lambda cfg: patches(cfg).num_patches, 1),
    (lambda cfg: cfg.model.patch_loss.loss_weight, 1.0),
])
def test_the_overrides_of_figure_5_on_the_page(configs, read, expected):
    page = (configs / 'dscl/README.md').read_text(encoding='utf-8')
    recipe = configs.parent / re.search(r'RECIPE=(\S+)', page)[1]
    given = [(key, ast.literal_eval(value)) for key, value in
             re.findall(r'\$RECIPE --cfg-options (\S+)=(\S+)', page)]
    assert len(given) == 3
    found = [read(load_recipe(recipe, {key: value}).stages['features'].config)
             for key, value in given]
    plain = read(load_recipe(recipe).stages['features'].config)
    assert sorted(found) == sorted([expected, plain, plain]) and expected != plain
