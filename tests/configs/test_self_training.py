"""The pools of the configs of self-training are those of the paper."""

import pytest
from mmengine.config import Config

from ltplug.apis.recipes import load_recipe
from ltplug.ops import long_tail_counts

from .listing import ROOT

FOLDER = ROOT / 'configs/self_training'
MAX_COUNT = {'cifar10': 5000, 'svhn': 1000}


@pytest.mark.parametrize('source', MAX_COUNT)
@pytest.mark.parametrize('ratio', [100, 50, 10])
@pytest.mark.parametrize('method', ['ce', 'ldam-drw'])
def test_a_pool_is_five_times_the_labelled_images(source, ratio, method):
    cfg = Config.fromfile(
        FOLDER / f'self-training-{method}_cifar-resnet32_200e_{source}-lt-ir{ratio}.py')
    labeled, pool = cfg.train_dataloader.dataset.labeled, cfg.train_dataloader.dataset.unlabeled
    counts = long_tail_counts(MAX_COUNT[source], 10, ratio)
    assert pool.size == 5 * counts.sum()
    assert labeled.imbalance_ratio == pool.imbalance_ratio == ratio
    assert labeled.get('class_order') == pool.get('class_order')
    assert labeled.dataset.pipeline == pool.dataset.pipeline
    assert cfg.train_dataloader.batch_size == cfg.auto_scale_lr.base_batch_size == 256
    assert (cfg.default_hooks.get('deferred_reweighting') is not None) == (method == 'ldam-drw')


@pytest.mark.parametrize(('dataset', 'options'), [
    ('digits-lt', {'unlabeled.dataset.profile': 'step'}),
    ('svhn-lt-ir100', {'unlabeled.profile': 'step', 'unlabeled.size': 25250}),
])
def test_steps_are_a_matter_of_keys(dataset, options):
    network = 'cifar-resnet20' if dataset == 'digits-lt' else 'cifar-resnet32'
    recipe = load_recipe(FOLDER / f'self-training-ce_{network}_{dataset}_recipe.py', {
        'base.train_dataloader.dataset.profile': 'step',
        'self-training.train_dataloader.dataset.labeled.profile': 'step',
        **{f'self-training.train_dataloader.dataset.{key}': value
           for key, value in options.items()}})
    base, _, last = (stage.config for stage in recipe.stages.values())
    assert base.train_dataloader.dataset == last.train_dataloader.dataset.labeled
    if dataset != 'digits-lt':
        assert options['unlabeled.size'] == 5 * long_tail_counts(1000, 10, 100, 'step').sum()


def test_what_the_digits_leave_over_does_not_overlap():
    cfg = Config.fromfile(FOLDER / 'self-training-ce_cifar-resnet20_60e_digits-lt.py')
    dataset = cfg.train_dataloader.dataset
    assert dataset.unlabeled.dataset == dataset.labeled


def test_a_share_of_the_pool_can_be_irrelevant():
    recipe = load_recipe(
        FOLDER / 'self-training-ce-relevance_cifar-resnet32_cifar10-lt-ir50_recipe.py')
    base, _, last = (stage.config for stage in recipe.stages.values())
    labeled, pool = last.train_dataloader.dataset.labeled, last.train_dataloader.dataset.unlabeled
    assert base.train_dataloader.dataset == labeled
    assert (labeled.imbalance_ratio, pool.imbalance_ratio, pool.relevance) == (50, 50, 0.6)
    assert pool.size == 5 * long_tail_counts(5000, 10, 50).sum()
    assert pool.irrelevant.label_key is None
    assert pool.irrelevant.pipeline == pool.dataset.pipeline == labeled.dataset.pipeline
