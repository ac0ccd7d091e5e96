import copy
import re

import pytest
from mmengine.config import Config, ConfigDict

from ltplug.apis.runner import build_runner
from ltplug.engine.config_check import ConfigError, check_config
from ltplug.engine.config_values import find_incomplete, find_odd_values

from .runs import ROOT

CE = Config.fromfile(ROOT / 'configs/ce/ce_cifar-resnet20_60e_digits-lt.py')


def changed(changes):
    config = copy.deepcopy(CE)
    for key, value in changes.items():
        node = config
        *parents, last = [int(part) if part.isdigit() else part for part in key.split('.')]
        for part in parents:
            node = node[part]
        node[last] = value
    return config


@pytest.mark.parametrize(('changes', 'sentence'), [
    ({'optim_wrapper.optimizer.lr': '0.1'},
     "optim_wrapper.optimizer.lr must be a number, got the text '0.1'"),
    ({'param_scheduler.1.gamma': 'a'},
     "param_scheduler.1.gamma must be a number, got the text 'a'"),
    ({'param_scheduler.1.milestones': '30'},
     "param_scheduler.1.milestones must be a list of numbers, such as [160, 180], got '30'"),
    ({'train_cfg.max_epochs': 0}, 'train_cfg.max_epochs must be at least 1, got 0'),
    ({'train_cfg.max_epochs': 2.5}, 'train_cfg.max_epochs must be an integer, got 2.5'),
    ({'val_dataloader.batch_size': '32'},
     "val_dataloader.batch_size must be a number, got the text '32'"),
    ({'model.head.num_classes': True}, 'model.head.num_classes must be an integer, got True'),
    ({'data_preprocessor.std': [92.0, 0, 1]},
     'data_preprocessor.std=[92.0, 0, 1] has a 0, by which pixels would be divided'),
    ({'train_dataloader.drop_last': True},
     'train_dataloader.drop_last belongs to the batch sampler: write '
     'batch_sampler=dict(drop_last=True) instead'),
])
def test_a_value_of_no_use_is_told(changes, sentence):
    assert find_odd_values(changed(changes)) == [sentence]
    with pytest.raises(ConfigError):
        check_config(changed(changes))


@pytest.mark.parametrize(('changes', 'sentence'), [
    ({'val_evaluator': None}, 'val_evaluator is missing: give val_dataloader, val_cfg and '
                              'val_evaluator, or for no validation None for each'),
    ({'model': None}, 'model is missing: this is no config of a training or test'),
    ({'train_dataloader': None, 'train_cfg': None}, 'train_dataloader and train_cfg are missing: gi'
     've train_dataloader, train_cfg and optim_wrapper, or for no training None for each'),
])
def test_what_is_missing_is_told_before_a_run(changes, sentence):
    assert list(find_incomplete(changed(changes))) == [sentence]
    with pytest.raises(ConfigError, match=re.escape(sentence)):
        build_runner(changed({**changes, 'work_dir': 'nowhere'}))


def test_a_component_without_a_type_is_told():
    assert find_odd_values(changed({
        'model.head.loss': dict(loss_weight=1.0),
        'train_dataloader.dataset.dataset.pipeline.0': dict(types='RandomCrop', crop_size=16),
    })) == [
        'model.head.loss has no type, so nothing can be built of it (it has loss_weight): add '
        'type=NAME',
        'train_dataloader.dataset.dataset.pipeline.0 has no type, so nothing can be built of it '
        '(it has types, crop_size): add type=NAME']


@pytest.mark.parametrize('changes', [
    {'val_evaluator': ConfigDict(metrics=[dict(type='Accuracy')])},
    {'val_evaluator': [dict(type='Accuracy'), dict(type='ltplug.GroupAccuracy')]},
    {'val_dataloader': None, 'val_cfg': None, 'val_evaluator': None},
    {'model.head.in_channels': [64, 64]}, {'optim_wrapper.optimizer.lr': 1},
    {'param_scheduler': None}, {'train_dataloader.dataset.dataset.pipeline': []},
])
def test_what_may_be_is_not_told(changes):
    assert find_odd_values(changed(changes)) == [] == list(find_incomplete(changed(changes)))
