"""Whose class counts define the groups of metrics."""

from contextlib import nullcontext
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
import torch
from mmengine.runner import ValLoop
from torch import nn

from ltplug.engine import ClassCountsHook
from ltplug.evaluation import GroupAccuracy
from ltplug.models import LDAMLoss

from .counting import COUNTS, config, digits_runner, hook_of

GROUPS = [200, 150, 90, 50, 30, 25, 10, 8, 4, 1]
"""Counts of the long-tailed data that an earlier stage was trained on."""


@pytest.mark.parametrize('source', ['path', 'load_from', 'resumed', 'not resumed'])
def test_groups_of_an_earlier_stage_are_for_metrics_and_counts_for_losses(tmp_path, source):
    earlier = str(tmp_path / 'earlier.pth')
    torch.save({'meta': {'ltplug': dict(class_counts=[7] * 10, group_counts=GROUPS)},
                'state_dict': {}}, earlier)
    cfg = config(tmp_path)
    cfg.default_hooks.class_counts.groups_from = earlier if source == 'path' else 'load_from'
    if source == 'load_from':
        cfg.load_from = earlier
    elif source != 'path':
        cfg.resume = source == 'resumed'  # as by mmpretrain's tools/train.py --resume
        (tmp_path / 'run').mkdir()
        (tmp_path / 'run/last_checkpoint').write_text(earlier)
    hook, runner = hook_of(cfg, tmp_path)
    groups = COUNTS if source == 'not resumed' else GROUPS
    assert (hook.class_counts, hook.group_counts) == (COUNTS, groups)
    assert runner.model.head.loss_module.class_counts == COUNTS
    assert [metric.class_counts for metric in runner.val_evaluator.metrics] == [groups]


@pytest.mark.parametrize(('notes', 'sentence'), [
    ({}, 'earlier.pth holds no class counts, so it cannot define groups'),
    (dict(group_counts=[5, 3]), 'earlier.pth has the groups of 2 classes, but this run has 10')])
def test_groups_of_another_checkpoint_must_fit(tmp_path, notes, sentence):
    torch.save({'meta': {'ltplug': notes}}, tmp_path / 'earlier.pth')
    with pytest.raises(ValueError, match=sentence):
        ClassCountsHook(str(tmp_path / 'earlier.pth')).before_run(digits_runner(nn.Linear(1, 1)))


@pytest.mark.parametrize(('groups', 'complains'), [({'all': [0, 1]}, False), ('shot', True)])
def test_metrics_without_counts_complain_before_they_are_needed(groups, complains):
    loop = Mock(spec=ValLoop, evaluator=SimpleNamespace(metrics=[GroupAccuracy(groups)]))
    with pytest.raises(RuntimeError, match='needs the class counts') if complains \
            else nullcontext():
        ClassCountsHook().before_test_epoch(SimpleNamespace(_test_loop=loop))


@pytest.mark.parametrize('part', ['val', 'test'])
def test_a_test_alone_takes_both_from_the_checkpoint(part):
    loss, metric = LDAMLoss(), GroupAccuracy()
    loop = Mock(spec=ValLoop, dataloader=Mock(dataset=None),
                evaluator=SimpleNamespace(metrics=[metric]))
    runner = SimpleNamespace(model=nn.Sequential(loss), **{f'_{part}_loop': loop})
    hook = ClassCountsHook()
    hook.after_load_checkpoint(runner, {'meta': {'ltplug': dict(
        class_counts=COUNTS, group_counts=GROUPS)}})
    getattr(hook, f'before_{part}_epoch')(runner)
    assert (loss.class_counts, metric.class_counts) == (COUNTS, GROUPS)
    saved = {'meta': {}}
    hook.before_save_checkpoint(runner, saved)
    assert saved['meta']['ltplug'] == dict(class_counts=COUNTS, group_counts=GROUPS)
