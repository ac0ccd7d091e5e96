import json
from pathlib import Path

import pytest
import torch

from ltplug.apis import train
from ltplug.engine import AtomicCheckpointHook
from ltplug.engine.checkpoint_io import load_checkpoint_file
from ltplug.engine.config_check import ConfigError
from ltplug.engine.hooks.atomic_checkpoint import AtomicLocalBackend

from .test_class_counts import config


def test_old_and_best_checkpoints_are_rotated(tmp_path):
    cfg = config(tmp_path, 'train_cfg = dict(max_epochs=4, val_interval=1)', epochs=4)
    cfg.default_hooks.checkpoint.update(save_best='group_accuracy/top1', max_keep_ckpts=1)
    train(cfg, tmp_path / 'run')
    names = sorted(path.name for path in (tmp_path / 'run').glob('*.pth'))
    assert len(names) == 2 and names[1] == 'epoch_4.pth'
    assert names[0].startswith('best_group_accuracy_top1_epoch_')
    assert (tmp_path / 'run' / 'last_checkpoint').read_text().endswith('epoch_4.pth')


def test_the_older_checkpoint_survives_a_failed_write(tmp_path, monkeypatch):
    cfg = config(tmp_path, epochs=3)
    cfg.default_hooks.checkpoint.max_keep_ckpts = 1
    put = AtomicLocalBackend.put

    def fail_third(self, obj, filepath):
        if 'epoch_3' in str(filepath):
            raise OSError('no space left on device')
        put(self, obj, filepath)

    monkeypatch.setattr(AtomicLocalBackend, 'put', fail_third)
    with pytest.raises(OSError, match='no space'):
        train(cfg, tmp_path / 'run')
    assert [path.name for path in (tmp_path / 'run').glob('*.pth')] == ['epoch_2.pth']


def test_a_resumed_file_cannot_name_files_to_delete(tmp_path):
    cfg = config(tmp_path, 'train_cfg = dict(max_epochs=4, val_interval=1)', epochs=4)
    cfg.default_hooks.checkpoint.update(save_best='group_accuracy/top1', max_keep_ckpts=1)
    cfg.train_cfg.max_epochs = 4
    train(cfg, tmp_path / 'run')
    precious = tmp_path / 'precious.txt'
    precious.write_text('mine')
    checkpoint = load_checkpoint_file(tmp_path / 'run' / 'epoch_4.pth')
    checkpoint['meta']['epoch'], checkpoint['meta']['iter'] = 2, 24
    checkpoint['message_hub']['runtime_info'].update(
        best_ckpt=str(precious), best_score=-1.0)
    torch.save(checkpoint, tmp_path / 'hostile.pth')
    train(cfg, tmp_path / 'resumed', resume=tmp_path / 'hostile.pth')
    assert precious.read_text() == 'mine'


def test_leftovers_of_a_killed_write_are_removed(tmp_path):
    cfg = config(tmp_path)
    leftover = tmp_path / 'run' / 'epoch_9.pth.abc.ltplug-tmp'
    leftover.parent.mkdir()
    leftover.write_bytes(b'half')
    train(cfg, tmp_path / 'run')
    assert not leftover.exists()


def test_overwriting_can_be_allowed(tmp_path):
    cfg = config(tmp_path)
    train(cfg, tmp_path / 'run')
    with pytest.raises(RuntimeError, match='holds checkpoints of an earlier run'):
        train(cfg, tmp_path / 'run')
    cfg.default_hooks.checkpoint.overwrite = True
    train(cfg, tmp_path / 'run')


def test_a_moved_run_resumes_from_its_own_files(tmp_path):
    cfg = config(tmp_path)
    train(cfg, tmp_path / 'run')
    Path(tmp_path / 'run').rename(tmp_path / 'moved')
    results = train(cfg, tmp_path / 'moved', resume='auto')
    assert results['checkpoint'] == str(tmp_path / 'moved' / 'epoch_2.pth')


@pytest.mark.parametrize('scheduler', [
    dict(type='OneCycleLR', eta_max=0.1, total_steps=2, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', T_max=2), dict(type='PolyLR', end=2),
    dict(type='MultiStepLR', milestones=[1]), dict(type='ExponentialLR', gamma=0.5),
])
def test_our_own_checkpoints_load_whatever_the_schedule(tmp_path, scheduler):
    cfg = config(tmp_path)
    cfg.param_scheduler = [dict(by_epoch=True, **scheduler)]
    train(cfg, tmp_path / 'run', validate=False)
    (tmp_path / 'run' / 'epoch_2.pth').unlink()
    expected = load_checkpoint_file(tmp_path / 'run' / 'epoch_1.pth')['param_schedulers']
    assert expected
    train(cfg, tmp_path / 'run', resume='auto', validate=False)


def choosing_config(folder):
    """Return a config that validates on held-out training images and reports the best epoch."""
    cfg = config(folder, 'train_cfg = dict(max_epochs=3, val_interval=1)', epochs=3)
    cfg.default_hooks.checkpoint.update(save_best='group_accuracy/top1', report='best')
    source = cfg.train_dataloader.dataset.dataset
    cfg.train_dataloader.dataset.dataset = dict(
        type='ltplug.HoldOut', images_per_class=20, dataset=source)
    cfg.val_dataloader.dataset = dict(
        type='ltplug.HoldOut', images_per_class=20, part='val',
        dataset={**source, 'pipeline': [dict(type='PackInputs')]})
    return cfg


def test_the_best_checkpoint_is_reported_beside_the_last(tmp_path):
    cfg = choosing_config(tmp_path)
    cfg.optim_wrapper.optimizer.lr = 0.05
    # the last epochs forget what was learned: the best is an earlier one
    cfg.param_scheduler = [dict(type='StepLR', by_epoch=True, step_size=1, gamma=200)]
    results = train(cfg, tmp_path / 'run')
    best = load_checkpoint_file(results['checkpoint'])['meta']['epoch']
    assert 'best_group_accuracy_top1' in results['checkpoint'] and best < 3
    stored, last = (json.loads((tmp_path / 'run' / name / 'results.json').read_text())
                    for name in ('test', 'test_last'))
    assert stored['metrics'] == results['metrics'] != last['metrics']
    assert last['checkpoint'].endswith('epoch_3.pth')
    again = train(cfg, tmp_path / 'run', resume='auto')
    assert again == results, 'nothing was left to train'


def test_nothing_is_chosen_on_the_test_set(tmp_path):
    cfg = config(tmp_path)
    cfg.default_hooks.checkpoint.update(save_best='group_accuracy/top1', report='best')
    cfg.val_dataloader.dataset.pipeline = [
        dict(type='CenterCrop', crop_size=16), dict(type='PackInputs')]
    with pytest.raises(ConfigError, match='would choose on the test set'):
        train(cfg, tmp_path / 'run')
    with pytest.raises(ConfigError, match='chooses on validation data, and there are none'):
        train(choosing_config(tmp_path), tmp_path / 'run', validate=False)
    assert not list((tmp_path / 'run').glob('*.pth')), 'nothing was trained'


@pytest.mark.parametrize(('arguments', 'message'), [
    (dict(report='best'), 'needs one metric to choose by'),
    (dict(report='best', save_best=['a/top1', 'b/top1']), 'needs one metric to choose by'),
    (dict(report='first'), "report must be one of last, best, got 'first'"),
])
def test_impossible_reports_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        AtomicCheckpointHook(**arguments)
