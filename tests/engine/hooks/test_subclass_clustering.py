import signal
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.hooks import EMAHook
from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop

from ltplug.datasets import Digits, DrawDataset, LongTailSubset, gt_labels
from ltplug.engine import SubclassClusteringHook
from ltplug.engine.checkpoint_io import load_checkpoint_file
from ltplug.ops import class_temperatures, cluster_classes
from tests.engine.runs import ROOT, train, weights
from tests.models.methods.small import PARTS, build
from tests.ranks import on_two_ranks

PIPELINE = [dict(type='PackInputs')]
RANDOM = [dict(type='MultiView', num_views=2, transforms=[
    [dict(type='RandomCrop', crop_size=16, padding=4)]]), dict(type='PackInputs')]
BACKBONE = dict(type='ltplug.CIFARResNet', depth=8)


class Scalars:
    def __init__(self):
        self.values = []

    def add_scalars(self, scalars, step, file_path):
        self.values.append((step, scalars))


def make_runner(name='SBCL', loop=EpochBasedTrainLoop, **kwargs):
    dataset = LongTailSubset(dict(type='ltplug.Digits', split='train', pipeline=RANDOM),
                             imbalance_ratio=20)
    model = build(name, backbone=BACKBONE, data_preprocessor=dict(
        type='SelfSupDataPreprocessor', mean=[77.8] * 3, std=[92.0] * 3), **kwargs)
    train_loop = object.__new__(loop)
    return SimpleNamespace(
        _train_loop=train_loop, train_loop=train_loop, model=model, epoch=0, max_epochs=20, seed=3,
        train_dataloader=SimpleNamespace(dataset=dataset), visualizer=Scalars(), timestamp='now')


def build_hook(runner, **kwargs):
    hook = SubclassClusteringHook(PIPELINE, num_workers=0, **kwargs)
    hook.before_run(runner)
    return hook


def epochs_that_cluster(hook, runner, epochs):
    found = []
    for runner.epoch in epochs:
        before = runner.model.subclasses.filled_epoch.item()
        hook.before_train_epoch(runner)
        if runner.model.subclasses.filled_epoch.item() != before:
            found.append(runner.epoch)
    return found


@pytest.mark.parametrize(('interval', 'expected'), [
    (4, [3, 4, 8]), (None, [3]), (1, [3, 4, 5, 6, 7, 8])])
def test_it_clusters_after_the_warm_up_then_in_intervals(interval, expected):
    runner = make_runner()
    hook = build_hook(runner, warmup_epochs=3, interval=interval, num_iters=1)
    assert epochs_that_cluster(hook, runner, range(9)) == expected
    assert epochs_that_cluster(hook, runner, [8]) == [], 'an epoch that is repeated'
    assert [step for step, _ in runner.visualizer.values] == [epoch + 1 for epoch in expected]


def plain_features(runner):
    """Projections of the images without augmentation, by a loop."""
    model, digits = runner.model, runner.train_dataloader.dataset
    images = np.stack([digits.get_data_info(i)['img'] for i in range(len(digits))])
    inputs = (torch.from_numpy(images).permute(0, 3, 1, 2).float() - 77.8) / 92.0
    model.eval()
    with torch.no_grad():
        features = F.normalize(model.neck(model.backbone(inputs))[0], dim=1)
    model.train()
    return features.numpy()


def test_clusters_and_temperatures_are_those_of_the_projected_images():
    runner = make_runner()
    runner.model.train()
    hook = build_hook(runner, warmup_epochs=0, min_cluster_size=12)
    labels, table = gt_labels(runner.train_dataloader.dataset), runner.model.subclasses
    features = plain_features(runner)
    hook.before_train_epoch(runner)
    ids = table.cluster_ids.numpy()
    expected = class_temperatures(features, labels, 0.1, 10.0)
    np.testing.assert_allclose(table.class_temperature, expected, rtol=1e-4)
    assert (table.class_temperature > 0.1).all()
    for label, count in enumerate(np.bincount(labels)):
        sizes = np.bincount(ids[labels == label])
        assert sizes.max() <= 12 and len(sizes) <= -(-count // 12)
    from_other_centres = cluster_classes(features, labels, 12, seed=1)
    assert spread(features, labels, ids) == pytest.approx(
        spread(features, labels, from_other_centres), rel=0.1)
    assert spread(features, labels, ids) < 0.8 * spread(
        features, labels, np.random.default_rng(0).permutation(ids))


def test_a_class_without_images_leaves_the_cap_alone():
    runner = make_runner()
    digits = Digits(pipeline=PIPELINE)
    labels = digits.get_gt_labels()
    chosen = [np.flatnonzero(labels == label)[:count] for label, count in
              {0: 40, 2: 5, 3: 11, **dict.fromkeys(range(4, 10), 6)}.items()]
    dataset = DrawDataset(digits.get_subset(np.concatenate(chosen).tolist()))
    runner.train_dataloader = SimpleNamespace(dataset=dataset)
    hook = build_hook(runner, warmup_epochs=0, min_cluster_size=2)
    hook.before_train_epoch(runner)
    ids, labels = runner.model.subclasses.cluster_ids.numpy(), gt_labels(dataset)
    sizes = {label: np.bincount(ids[labels == label]) for label in (0, 2, 3)}
    assert len(sizes[2]) == 1, 'the smallest class that has images is one cluster'
    assert sizes[0].max() <= 5 and len(sizes[0]) == 8 and len(sizes[3]) == 3


def spread(features, labels, ids):
    """Mean distance from the cluster's mean."""
    total = 0.0
    for cluster in np.unique(labels * 1000 + ids):
        own = features[labels * 1000 + ids == cluster]
        total += np.linalg.norm(own - own.mean(axis=0), axis=1).sum()
    return total / len(features)


def test_the_model_and_the_random_streams_are_left_as_they_were():
    runner = make_runner()
    runner.model.train()
    runner.model.backbone.norm1.eval()
    hook = build_hook(runner, warmup_epochs=0)
    before = {name: value.clone() for name, value in runner.model.state_dict().items()}
    streams = torch.get_rng_state(), np.random.get_state()[1].copy()
    hook.before_train_epoch(runner)
    assert torch.get_rng_state().equal(streams[0])
    np.testing.assert_array_equal(np.random.get_state()[1], streams[1])
    for name, value in runner.model.state_dict().items():
        assert value.equal(before[name]) != name.startswith('subclasses'), name
    assert runner.model.training and not runner.model.backbone.norm1.training
    inputs = runner.train_dataloader.dataset[0]['inputs']
    assert len(inputs) == 2, 'training data keep their transforms'


def test_options():
    runner = make_runner()
    hook = build_hook(runner, warmup_epochs=0, fixed_temperature=0.25, num_clusters='floor')
    hook.before_train_epoch(runner)
    assert runner.model.subclasses.class_temperature.eq(0.25).all()
    ids, labels = runner.model.subclasses.cluster_ids, gt_labels(runner.train_dataloader.dataset)
    assert ids[labels == 0].max() == (labels == 0).sum() // 10 - 1


def test_temperatures_go_on_where_clusters_are_made_once():
    runner = make_runner()
    hook = build_hook(runner, warmup_epochs=0, interval=1, cluster_once=True)
    hook.before_train_epoch(runner)
    table = runner.model.subclasses
    ids, temperatures = table.cluster_ids.clone(), table.class_temperature.clone()
    assert ids.min() == 0, 'the first time all images get clusters'
    runner.epoch = 1
    with torch.no_grad():
        next(runner.model.parameters()).neg_()  # other features
    hook.before_train_epoch(runner)
    assert table.filled_epoch == 1
    assert table.cluster_ids.equal(ids) and not table.class_temperature.equal(temperatures)


def test_the_seed_of_the_run_and_the_epoch_decide():
    found = []
    for seed, epoch in ((3, 0), (3, 0), (4, 0), (3, 1)):
        runner = make_runner()
        runner.seed, runner.epoch = seed, epoch
        build_hook(runner, warmup_epochs=0, interval=1).before_train_epoch(runner)
        found.append(runner.model.subclasses.cluster_ids)
    assert found[0].equal(found[1])
    assert not found[0].equal(found[2]) and not found[0].equal(found[3])


def test_room_is_made_before_an_averaged_copy():
    runner = make_runner()
    averaged = EMAHook()
    for hook in sorted([averaged, SubclassClusteringHook(PIPELINE)],
                       key=lambda each: ['VERY_HIGH', 'NORMAL'].index(each.priority)):
        hook.before_run(runner)
    assert averaged.ema_model.module.subclasses.cluster_ids.shape == (len(
        runner.train_dataloader.dataset), )


def clusters_of(rank):
    runner = make_runner()
    runner.model.eval()
    build_hook(runner, warmup_epochs=0).before_train_epoch(runner)
    return runner.model.subclasses.state_dict()


def test_ranks_have_the_same_clusters():
    alone, (first, second) = clusters_of(0), on_two_ranks(clusters_of)
    for name, value in alone.items():
        assert first[name].equal(second[name])
        torch.testing.assert_close(first[name], value, rtol=1e-5, atol=0)


@pytest.mark.parametrize(('kwargs', 'message'), [
    (dict(warmup_epochs=-1), 'warmup_epochs must be at least 0'),
    (dict(interval=0), 'interval and alpha at least 1, got 10, 0 and 10'),
    (dict(alpha=0.5), 'interval and alpha at least 1, got 10, 10 and 0.5'),
    (dict(min_cluster_size=0), 'min_cluster_size must be at least 1, got 0'),
    (dict(fixed_temperature=0), 'fixed_temperature must be positive, got 0'),
])
def test_wrong_arguments_are_told(kwargs, message):
    with pytest.raises(ValueError, match=message):
        SubclassClusteringHook(PIPELINE, **kwargs)


def test_wrong_runs_are_told_before_they_begin():
    with pytest.raises(ValueError, match='ends before the 20 of warm-up'):
        build_hook(make_runner(), warmup_epochs=20)
    with pytest.raises(ValueError, match='use a model of type ltplug.SBCL or'):
        build_hook(make_runner('SupCon', loss=dict(type='ltplug.SupConLoss')))
    runner = make_runner()
    runner.train_dataloader.dataset = runner.train_dataloader.dataset.dataset
    with pytest.raises(ValueError, match='Samples of Digits do not carry their index'):
        build_hook(runner)
    with pytest.raises(ValueError, match='train with train_cfg=dict\\(by_epoch=True'):
        build_hook(make_runner(loop=IterBasedTrainLoop))


CONFIG = f'''
_base_ = ['{ROOT}/configs/_base_/datasets/digits-lt.py',
          '{ROOT}/configs/_base_/default_runtime.py']
val_cfg = val_dataloader = val_evaluator = None
test_cfg = test_dataloader = test_evaluator = None
data_preprocessor = dict(_delete_=True, type='SelfSupDataPreprocessor', mean=[77.8] * 3,
                         std=[92.0] * 3)
model = dict(
    type='ltplug.SBCLMoCo',
    backbone={BACKBONE},
    neck={PARTS['neck']},
    queue_len=100, feat_dim=16, momentum=0.1)
train_dataloader = dict(dataset=dict(dataset=dict(pipeline={RANDOM})))
default_hooks = dict(subclasses=dict(type='ltplug.SubclassClusteringHook', pipeline={PIPELINE},
                                     warmup_epochs=1, interval=3))
custom_hooks = [dict(type='EMAHook', momentum=0.1)]
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.05, momentum=0.9))
train_cfg = dict(by_epoch=True, max_epochs=5)
'''
KILL_IN_AN_INTERVAL = '''
import os, signal
from mmengine.hooks import IterTimerHook
def kill(self, runner, batch_idx, data_batch=None, outputs=None):
    if runner.epoch == 2:
        os.kill(os.getpid(), signal.SIGKILL)
IterTimerHook.after_train_iter = kill
'''


def test_killed_inside_an_interval(tmp_path):
    config = tmp_path / 'sbcl.py'
    config.write_text(CONFIG)
    result = train(config, tmp_path / 'whole')
    assert result.returncode == 0, result.stderr
    assert [f'Before epoch {epoch}:' in result.stdout for epoch in range(1, 6)] == [
        False, True, False, True, False]
    assert 'of the samples of split classes changed' in result.stdout

    killed = train(config, tmp_path / 'killed', before=KILL_IN_AN_INTERVAL)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    resumed = train(config, tmp_path / 'killed', '--resume')
    assert resumed.returncode == 0, resumed.stderr
    assert 'Before epoch 3:' not in resumed.stdout and 'Before epoch 4:' in resumed.stdout
    expected, found = (weights(tmp_path / name / 'epoch_5.pth') for name in ('whole', 'killed'))
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name].equal(value), name
    raw, also_raw = (load_checkpoint_file(tmp_path / name / 'epoch_5.pth')['ema_state_dict']
                     for name in ('killed', 'whole'))
    for name, value in also_raw.items():
        assert raw[name].equal(value), name
    assert raw['module.subclasses.filled_epoch'] == 3
    assert raw['module.subclasses.cluster_ids'].max() > 0
    assert raw['module.queue.indices'].min() >= 0
