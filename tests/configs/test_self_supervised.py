"""The self-supervised recipes share one protocol, on the splits of SDCLR."""

import pytest

from ltplug.apis.config import load_config
from ltplug.apis.recipes import load_recipe
from ltplug.datasets import class_counts
from ltplug.registry import DATASETS

from ..datasets.test_class_orders import SPLITS, Labels, source_positions

METHODS = {'simclr': 'simclr', 'sdclr': 'sdclr', 'byol': 'byol', 'swav': 'swav', 'moco': 'moco',
           'bcl_i': 'bcl-i', 'ce': 'ce'}
POOL = {'cifar10': 4500, 'cifar100': 400}


def over_labels(dataset, num_classes, number=50_000):
    """Build wrappers of a config over labels instead of images."""
    if 'dataset' not in dataset:
        return Labels(num_classes, number)
    return DATASETS.build(
        {**dataset, 'dataset': over_labels(dataset['dataset'], num_classes, number)})


@pytest.mark.parametrize('name', POOL)
def test_every_stage_sees_the_images_of_sdclr(name, configs):
    num_classes = {'cifar10': 10, 'cifar100': 100}[name]
    expected = SPLITS[name]['split1']
    stages = load_recipe(configs / f'fassl/fassl_resnet18_{name}-lt-split1_recipe.py').stages
    parts = {stage: over_labels(each.config.train_dataloader.dataset.to_dict(), num_classes)
             for stage, each in stages.items() if each.task is None}
    counts = {stage: class_counts(part).tolist() for stage, part in parts.items()}
    for stage in ('sdclr', 'prototypes', 'rebalanced', 'probe_lt'):
        assert counts[stage] == expected['D_i']['per_class'], stage
    assert counts['probe'] == [POOL[name]] * num_classes
    assert counts['few_shot'] == [expected['S_b']['per_class']] * num_classes
    assert counts.get('probe_30_percent', [120] * 100) == [120] * 100

    positions = {stage: source_positions(part, range(len(part))) for stage, part in parts.items()}
    assert positions['few_shot'] < positions['sdclr'] == positions['probe_lt']
    for stage in ('probe', 'few_shot', 'probe_lt'):
        cfg = stages[stage].config
        val = over_labels(cfg.val_dataloader.dataset.to_dict(), num_classes)
        assert len(val) == SPLITS[name]['val']['total']
        assert not source_positions(val, range(len(val))) & positions[stage]
        assert cfg.default_hooks.checkpoint.report == 'best'
        assert cfg.train_cfg.max_epochs == (100 if stage == 'few_shot' else 30)
        assert cfg.test_evaluator.groups == 'tertile'


@pytest.mark.parametrize('name', POOL)
def test_the_balanced_control(name, configs):
    recipe = load_recipe(configs / f'simclr/simclr-balanced_resnet18_{name}-lt-split1_recipe.py')
    expected = SPLITS[name]['split1']['D_b']
    num_classes = expected['total'] // expected['per_class']
    features = over_labels(
        recipe.stages['features'].config.train_dataloader.dataset.to_dict(), num_classes)
    assert class_counts(features).tolist() == [expected['per_class']] * num_classes
    assert recipe.groups_from == 'probe_lt'


@pytest.mark.parametrize(('ratio', 'expected'),
                         SPLITS['formula']['tiny_imagenet_lt_n_max_500'].items())
def test_ratios_of_tiny_imagenet(ratio, expected, configs):
    infix = '' if ratio == '100' else f'-ir{ratio}'
    name = f'fassl/fassl{infix}_resnet18_tiny-imagenet-lt_recipe.py'
    for stage in load_recipe(configs / name).stages.values():
        if stage.name in ('sdclr', 'prototypes', 'rebalanced'):
            counts = class_counts(over_labels(
                stage.config.train_dataloader.dataset.to_dict(), 200, 100_000))
            assert (counts.sum(), counts.min()) == (expected['total'], expected['min'])
            assert counts.max() == 500


@pytest.mark.parametrize('name', POOL)
def test_all_methods_have_the_same_protocol(name, configs):
    stages = {method: load_config(
        configs / folder / f'{method}_resnet18_2000e_{name}-lt-split1.py')
        for folder, method in METHODS.items()}
    reference = stages['simclr']
    for method, cfg in stages.items():
        backbone = {key: cfg.model.backbone[key] for key in reference.model.backbone}
        assert backbone == reference.model.backbone, method
        assert cfg.param_scheduler == reference.param_scheduler
        assert cfg.train_cfg.max_epochs == 2000
        assert cfg.train_dataloader.batch_size == cfg.auto_scale_lr.base_batch_size == 512
        optimizer = cfg.optim_wrapper.optimizer
        assert optimizer.lr == {'byol': 0.24, 'moco': 0.06}.get(method, 0.5)
        assert optimizer.weight_decay == (5e-4 if method == 'bcl-i' else 1e-4)
        assert cfg.view[:len(reference.view)] == reference.view


DATA_OF_FASSL = ['resnet18_500e_cifar10-lt-split1', 'resnet18_500e_cifar100-lt-split1',
                 'resnet18_500e_tiny-imagenet-lt', 'resnet50_500e_imagenet-100-lt',
                 'resnet50_500e_places-lt']


@pytest.mark.parametrize('data', DATA_OF_FASSL)
def test_both_stages_of_fassl_have_the_values_of_the_paper(data, configs):
    first, second = (load_config(configs / f'fassl/{stage}_{data}.py')
                     for stage in ('fassl-prototypes', 'fassl'))
    assert first.model.loss.temperature == 0.2 and second.model.decay == 0.99
    assert first.model.num_prototypes == second.model.num_prototypes == 128
    assert second.model.loss == dict(
        type='ltplug.RebalancedConsistencyLoss', phi='prototypes', clip_ratio=10)
    for cfg in (first, second):
        kinds = str(changes_of_a_view(cfg))
        assert 'Blur' not in kinds
        for kind in ('RandomResizedCrop', 'Flip', 'RandomApply', 'RandomGrayscale'):
            assert kinds.count(kind) == 1, kind


def changes_of_a_view(cfg):
    """Return the types of the transforms that make a view."""
    node = cfg.train_dataloader
    while 'dataset' in node:
        node = node.dataset
    (views,) = (step for step in node.pipeline if step.type == 'MultiView')
    return [step.type for step in views.transforms[0]]


def test_the_start_of_fassl_on_large_images_is_blurred_as_in_sdclr(configs):
    cfg = load_config(configs / 'sdclr/sdclr_resnet50_500e_imagenet-100-lt.py')
    assert changes_of_a_view(cfg)[-1] == 'GaussianBlur'


@pytest.mark.parametrize(('data', 'large'), [
    ('cifar10-lt-split1', False), ('cifar100-lt-split1', False), ('tiny-imagenet-lt', True)])
def test_the_rows_of_table_3(data, large, configs):
    prototypes = {int(name.split('_')[1]): stage for name, stage in load_recipe(
        configs / f'fassl/fassl-k_resnet18_{data}_recipe.py').stages.items()
        if name.startswith('prototypes')}
    assert list(prototypes) == [64, 96, 128, 256, 512]
    assert all(stage.config.model.num_prototypes == k for k, stage in prototypes.items())
    stages = load_recipe(configs / f'fassl/fassl-tau_resnet18_{data}_recipe.py').stages
    assert [stage.config.model.decay for name, stage in stages.items()
            if name.startswith('rebalanced')] == [0, 0.9, 0.99, 0.999, 1]
    assert (len(stages['aligned'].task.get('pipeline', ())) == 2) == large
