import copy
import json
from contextlib import nullcontext
from unittest.mock import Mock

import numpy as np
import pytest
from mmengine.config import Config
from mmpretrain.models.selfsup import BaseSelfSupervisor
from torch import nn

from ltplug.apis import test as run_test
from ltplug.apis import train
from ltplug.datasets import Digits
from ltplug.engine import ClassCountsHook
from ltplug.engine.checkpoint_io import load_checkpoint_file
from ltplug.models import LDAMLoss

from ..runs import ROOT, write_config
from .counting import COUNTS, config, digits_runner, hook_of

EMA = "custom_hooks = [dict(type='EMAHook', momentum=0.02)]\n"


def test_counts_reach_loss_metric_and_checkpoint_and_come_back(tmp_path):
    cfg = config(tmp_path)
    results = train(cfg, tmp_path / 'run')
    assert results['groups'][0]['class_counts'] == COUNTS
    meta = load_checkpoint_file(tmp_path / 'run' / 'epoch_2.pth')['meta']['ltplug']
    assert meta.pop('plan')['train_cfg.max_epochs'] == '2'
    assert meta == dict(class_counts=COUNTS, group_counts=COUNTS,
                        length=['ContinuousTrainLoop', 2, 24])
    assert all(type(count) is int for count in meta['class_counts'])
    again = run_test(cfg, tmp_path / 'run' / 'epoch_2.pth', tmp_path / 'again')
    assert again['metrics'] == results['metrics']


def test_averaged_weights_are_tested_with_the_same_groups(tmp_path):
    cfg = config(tmp_path, EMA)
    results = train(cfg, tmp_path / 'run')
    assert results['groups'][0]['class_counts'] == COUNTS
    checkpoint = load_checkpoint_file(tmp_path / 'run' / 'epoch_2.pth')
    name = 'backbone.conv1.weight'
    averaged, raw = checkpoint['state_dict'][name], checkpoint['ema_state_dict'][f'module.{name}']
    assert not averaged.equal(raw)
    without = copy.deepcopy(cfg)
    without.custom_hooks = []
    again = run_test(without, tmp_path / 'run' / 'epoch_2.pth', tmp_path / 'again')
    assert again['metrics'] == results['metrics'], 'the averaged weights are what is tested'


def test_an_absent_last_class_counts_zero_and_margins_refuse_it(tmp_path):
    cfg = config(tmp_path)
    cfg.model.head.num_classes = 11
    cfg.train_dataloader.dataset.dataset.metainfo = dict(classes=None)  # names would be too few
    with pytest.raises(ValueError, match=r'Classes \[10\] have no training image'):
        train(cfg, tmp_path / 'run')
    cfg.model.head.loss = dict(type='ltplug.BalancedSoftmaxLoss')
    del cfg.default_hooks['deferred_reweighting']
    results = train(cfg, tmp_path / 'balanced', validate=False)
    assert results['groups'][0]['class_counts'] == [*COUNTS, 0]
    assert np.isfinite(results['metrics']['group_accuracy/few'])


def test_an_explicit_count_wins(tmp_path):
    cfg = config(tmp_path, epochs=2)
    cfg.test_evaluator.class_counts = [1000] * 9 + [1]
    results = train(cfg, tmp_path / 'run', validate=False)
    assert results['groups'][0]['groups']['many'] == list(range(9))


def test_other_metrics_are_kept_in_the_results(tmp_path):
    cfg = config(tmp_path)
    cfg.test_evaluator = [dict(type='ltplug.GroupAccuracy'), dict(type='ConfusionMatrix')]
    train(cfg, tmp_path / 'run', validate=False)
    results = json.loads((tmp_path / 'run' / 'test' / 'results.json').read_text())
    assert sum(map(sum, results['metrics']['confusion_matrix/result'])) == 400


def test_counts_are_stored_where_nobody_asks_while_training(tmp_path):
    cfg = config(tmp_path)
    cfg.model.head = dict(type='LinearClsHead', num_classes=10, in_channels=64)
    for name in ('run_summary', 'deferred_reweighting'):
        cfg.default_hooks.pop(name)
    results = train(cfg, tmp_path / 'run', validate=False)
    assert results['groups'][0]['class_counts'] == COUNTS


class Unlabelled(Digits):

    def load_data_list(self):
        return [{'img': info['img']} for info in super().load_data_list()]


def test_unlabelled_data_are_fine_where_nobody_needs_labels():
    runner = digits_runner(nn.Linear(1, 1), Unlabelled)
    hook = ClassCountsHook()
    hook.before_run(runner)
    assert hook.class_counts is None
    runner.model = nn.Sequential(LDAMLoss())
    with pytest.raises(ValueError, match="samples without 'gt_label'"):
        hook.before_run(runner)


class Turned(BaseSelfSupervisor):

    def loss(self, inputs, data_samples):
        raise NotImplementedError


def test_a_head_that_tells_no_classes_of_the_data_is_not_asked_for_their_number():
    hook = ClassCountsHook()
    hook.before_run(digits_runner(Turned(
        dict(type='ltplug.CIFARResNet', depth=8),
        head=dict(type='LinearClsHead', num_classes=4, in_channels=64))))
    assert len(hook.class_counts) == 10


def test_images_without_labels_never_count(tmp_path):
    cfg = Config.fromfile(write_config(
        tmp_path, 'model = dict(backbone=dict(depth=8))\n',
        ROOT / 'configs/self_training/vat_cifar-resnet20_60e_digits-lt.py', epochs=1))
    cfg.train_dataloader.num_workers = 0
    train(cfg, tmp_path / 'run', validate=False)
    meta = load_checkpoint_file(tmp_path / 'run' / 'epoch_1.pth')['meta']['ltplug']
    assert meta['class_counts'] == meta['group_counts'] == COUNTS


def test_labeled_only_needs_a_pool(tmp_path):
    cfg = config(tmp_path)
    cfg.default_hooks.class_counts.labeled_only = True
    with pytest.raises(ValueError, match='labeled_only of ClassCountsHook is for semi-supervised'):
        train(cfg, tmp_path / 'run')


@pytest.mark.parametrize('wrapper', [
    dict(type='RepeatDataset', times=10), dict(type='ClassBalancedDataset', oversample_thr=0.5)])
def test_repeated_images_count_once(tmp_path, wrapper):
    cfg = config(tmp_path)
    subset = cfg.train_dataloader.dataset
    cfg.train_dataloader.dataset = dict(type='ltplug.DrawDataset',
                                        dataset=dict(wrapper, dataset=subset))
    hook, _ = hook_of(cfg, tmp_path)
    assert hook.class_counts == hook.group_counts == COUNTS


@pytest.mark.parametrize(('head', 'warns'), [
    ('LinearClsHead', True), ('StackedLinearClsHead', True), ('ltplug.CosineLinearClsHead', False)])
def test_margins_on_a_head_without_cosines_are_warned_of(tmp_path, capsys, head, warns):
    cfg = config(tmp_path)
    cfg.model.head.type = head
    if head == 'StackedLinearClsHead':
        cfg.model.head.mid_channels = [32]
    hook_of(cfg, tmp_path)
    told = f'but {head} classifies by a linear layer' in capsys.readouterr().out
    assert told == warns


@pytest.mark.parametrize(('needs', 'groups'), [(True, False), (False, True), (False, False)])
def test_data_without_labels_suit_modules_that_need_no_counts(needs, groups, tmp_path,
                                                              monkeypatch):
    hook, runner = hook_of(config(tmp_path), tmp_path)
    labels = Mock(side_effect=ValueError('no labels'))
    monkeypatch.setattr('ltplug.engine.hooks.class_counts.gt_labels', labels)
    if not groups:
        runner.val_evaluator.metrics.clear()
    runner.model.head.loss_module.needs_class_counts = needs
    with pytest.raises(ValueError, match='no labels') if needs or groups else nullcontext():
        hook.before_run(runner)
    assert labels.called
