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


def over_labels(dataset, num_classes):
    """Build wrappers of a config over labels instead of images."""
    if 'dataset' not in dataset:
        return Labels(num_classes)
    return DATASETS.build(
        {**dataset, 'dataset': over_labels(dataset['dataset'], num_classes)})


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
