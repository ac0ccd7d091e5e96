import re

import pytest
from mmengine.config import Config

from ltplug.apis import train
from ltplug.apis.config import load_config
from ltplug.engine.config_check import ConfigError
from ltplug.engine.schedule_check import check_schedule, find_late_points

from .runs import write_config


def schedule(*parts, **length):
    return Config(dict(train_cfg=length or dict(max_epochs=40), param_scheduler=list(parts)))


@pytest.mark.parametrize(('part', 'keys'), [
    (dict(type='MultiStepLR', milestones=[30, 48, 54]), r'milestones=\[30, 48, 54\] lies'),
    (dict(type='MultiStepLR', begin=5, milestones=[20, 35]),
     r'milestones=\[20, 35\] \(counted from begin=5\) lies'),
    (dict(type='LinearLR', begin=0, end=50), 'end=50 lies'),
    (dict(type='ConstantLR', begin=40), 'begin=40 lies'),
    (dict(type='CosineAnnealingLR', begin=5, T_max=55), r'T_max=55 \(counted from begin=5\) lies'),
    (dict(type='StepLR', step_size=3, begin=45, end=60), '0.begin=45 and param_scheduler.0.end=60'),
])
def test_points_beyond_the_end_are_told(part, keys):
    (told,) = find_late_points(schedule(part))
    assert told.startswith('param_scheduler.0.')
    assert re.search(keys, told)
    assert 'train_cfg.max_epochs=40' in told
    assert not find_late_points(schedule(part, max_epochs=60))
    assert not find_late_points(schedule(dict(part, by_epoch=False))), 'iterations of epochs'


def test_iterations_are_compared_with_iterations():
    part = dict(type='MultiStepLR', by_epoch=False, milestones=[300])
    assert 'train_cfg.max_iters=200' in find_late_points(schedule(part, max_iters=200))[0]
    assert not find_late_points(schedule(part, max_iters=400))


def test_schedules_of_other_forms():
    single = schedule()
    single.param_scheduler = dict(type='MultiStepLR', milestones=[48])
    assert find_late_points(single)[0].startswith('param_scheduler.milestones=[48] lies')
    assert not find_late_points(Config(dict(train_cfg=dict(max_epochs=3), param_scheduler=None)))
    tests_only = Config(dict(train_cfg=None, param_scheduler=dict(
        type='MultiStepLR', by_epoch=False, milestones=[48])))
    assert not find_late_points(tests_only)
    several = schedule()
    several.param_scheduler = dict(generator=[dict(type='MultiStepLR', milestones=[48])])
    assert not find_late_points(several)


def test_a_part_that_ends_before_it_begins_is_refused(configs):
    with pytest.raises(ConfigError, match=r'param_scheduler.1.begin=5 is not before the training '
                                          r'ends, by train_cfg.max_epochs=5'):
        load_config(configs / 'fassl/fassl_cifar-resnet20_20e_digits-lt.py',
                    {'train_cfg.max_epochs': 5})
    with pytest.raises(ConfigError, match=r'begin=9 is not before param_scheduler.0.end=7'):
        check_schedule(schedule(dict(type='LinearLR', begin=9, end=7)))


def test_a_training_says_that_its_schedule_is_cut_short(tmp_path, capsys):
    config = write_config(tmp_path, 'model = dict(backbone=dict(depth=8))', epochs=1)
    train(config, tmp_path / 'run', cfg_options={
        'train_dataloader.num_workers': 0, 'val_dataloader.num_workers': 0,
        'test_dataloader.num_workers': 0})
    assert 'param_scheduler.1.milestones=[3] lies beyond' in capsys.readouterr().out
