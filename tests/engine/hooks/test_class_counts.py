import copy

import numpy as np
import pytest
from mmengine.config import Config

from ltplug.apis import test as run_test
from ltplug.apis import train
from ltplug.engine.checkpoint_io import load_checkpoint_file

from ..runs import LDAM_DRW, write_config

COUNTS = [134, 86, 56, 36, 23, 15, 9, 6, 4, 2]
EMA = "custom_hooks = [dict(type='EMAHook', momentum=0.02)]\n"


def config(folder, body='', epochs=2):
    body = 'model = dict(backbone=dict(depth=8))\n' \
           'default_hooks = dict(deferred_reweighting=dict(begin_epoch=1))\n' + body
    cfg = Config.fromfile(write_config(folder, body, LDAM_DRW, epochs))
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        loader.num_workers = 0
    return cfg


def test_counts_reach_loss_metric_and_checkpoint_and_come_back(tmp_path):
    cfg = config(tmp_path)
    results = train(cfg, tmp_path / 'run')
    assert results['groups'][0]['class_counts'] == COUNTS
    meta = load_checkpoint_file(tmp_path / 'run' / 'epoch_2.pth')['meta']['ltplug']
    assert meta == dict(class_counts=COUNTS, group_counts=COUNTS, max_epochs=2)
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
