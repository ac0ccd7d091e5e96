"""Mistakes of a user end in one sentence and cost nothing."""

import errno
import os
import shutil
from functools import partial
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from ltplug.cli.running import test_main as run_test
from ltplug.cli.running import train_main

from ..engine.runs import ROOT, write_config

CE = ROOT / 'configs/ce/ce_cifar-resnet20_60e_digits-lt.py'
LDAM = ROOT / 'configs/ldam/ldam_cifar-resnet20_60e_digits-lt.py'
FAST = ['train_dataloader.num_workers=0', 'val_dataloader.num_workers=0',
        'test_dataloader.num_workers=0']


@pytest.fixture(scope='module')
def finished(tmp_path_factory):
    """A finished run of two epochs."""
    folder = tmp_path_factory.mktemp('finished')
    body = 'model = dict(backbone=dict(depth=8))\n'
    config = write_config(folder, body, CE, epochs=2)
    work_dir = folder / 'run'
    train_main([str(config), '--work-dir', str(work_dir), '--cfg-options', *FAST])
    return config, work_dir


def content(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob('*') if path.is_file()}


def fails(main, *arguments) -> str:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    assert isinstance(stop.value.code, str), 'a sentence, not a bare exit code'
    assert stop.value.code.startswith('Error: ')
    return stop.value.code


@pytest.mark.parametrize(('options', 'sentence'), [
    (['train_dataloader.dataset.imbalance_ratio=0.5'], 'must be at least 1, got 0.5'),
    (['train_dataloader.dataset.imbalance_ratio=5000'], 'leaves 4 of 10 classes without images'),
    (['train_dataloader.dataset.imbalance_factor=0.1'], 'not both'),
    (['train_dataloader.dataset.imbalance_ration=10'], 'did you mean imbalance_ratio?'),
    (['optim_wraper.optimizer.lr=1'], 'optim_wraper'),
    (['train_pipeline=[]'], 'train_pipeline'),
    (['param_scheduler.1.milestones.0=3'], 'give other lists whole'),
    (['train_dataloader.dataset.imbalance_ratio=abc'], "are numbers, got 'abc'"),
    (['train_dataloader.dataset.max_count=12.5'], 'positive integers, got 12.5'),
    (["model.backbone.norm_cfg={'type':'GN'}"], 'give its keys one by one'),
    (['train_cfg.val_interval=0'], 'val_interval must be at least 1'),
    (['optim_wrapper.optimizer.lr=abc'], "lr must be a number, got the text 'abc'"),
    (['data_preprocessor.mean=abc'], 'data_preprocessor.mean=abc is a text where the config has a '
     'list, [77.8, 77.8, 77.8]. That may be why this went wrong: TypeError'),
    (['optim_wrapper.optimizer.momentum=None'],
     'SGD(lr=0.1, momentum=None, weight_decay=0.0005) cannot be built: TypeError: '),
    (['default_hooks.checkpoint.save_best=few'], "save_best='few' does not tell whether a high or"),
    (['default_hooks.checkpoint.save_best=group_accuracy/fwe'], "names 'group_accuracy/fwe', which "
     'is no metric of val_evaluator (did you mean group_accuracy/few?)'),
    (['default_hooks.checkpoint.save_best=accuracy/top1'], "names 'accuracy/top1', which is no "),
    (['batched_augmentation=no'], "batched_augmentation must be True or False, got 'no'"),
    (['custom_imports.imports=[nowhere]'], 'custom_imports cannot be imported: Failed to import n'),
    (['default_hooks.checkpoint.interval=abc'], 'Error: default_hooks.checkpoint.interval must be'),
    (['model.head.num_classes=8'], 'labels run from 0 to 9, but there are 8 classes'),
    (['model.head.loss.type=LDAMLoss'], 'ltplug.LDAMLoss'),
])
def test_mistakes_in_the_config(finished, options, sentence):
    config, work_dir = finished
    before = content(work_dir)
    told = fails(train_main, config, '--work-dir', work_dir, '--cfg-options', *FAST, *options)
    assert sentence in told
    after = content(work_dir)
    assert before == {path: after.get(path) for path in before}, 'nothing is lost'


def test_a_training_that_diverges_stops(finished, tmp_path):
    told = fails(train_main, finished[0], '--work-dir', tmp_path, '--cfg-options', *FAST,
                 'optim_wrapper.optimizer.lr=1e9', 'param_scheduler=None')
    assert 'loss is ' in told and 'so training stops: lower optim_wrapper.optimizer.lr' in told
    assert not list(tmp_path.glob('*.pth'))


def test_a_full_disk_loses_nothing(finished, tmp_path, monkeypatch):
    original = os.fsync

    def fsync(file):
        if 'epoch_2.pth' in os.readlink(f'/proc/self/fd/{file}'):
            raise OSError(errno.ENOSPC, 'No space left on device')
        original(file)

    monkeypatch.setattr('os.fsync', fsync)
    told = fails(train_main, finished[0], '--work-dir', tmp_path, '--cfg-options', *FAST)
    assert f'{tmp_path}/epoch_2.pth: No space left on device: make room, or choose' in told
    assert [path.name for path in tmp_path.glob('epoch_*')] == ['epoch_1.pth']


def test_an_unknown_dataset_path(tmp_path):
    body = """train_dataloader = dict(dataset=dict(dataset=dict(
    _delete_=True, type='CustomDataset', data_root='/nowhere/images', pipeline=[])))"""
    told = fails(train_main, write_config(tmp_path, body, CE), '--work-dir', tmp_path / 'run',
                 '--cfg-options', *FAST)
    assert '/nowhere/images' in told


@pytest.mark.parametrize('workers', [0, 1])
def test_an_image_that_cannot_be_read(tmp_path, workers):
    (tmp_path / 'images/cat').mkdir(parents=True)
    (tmp_path / 'images/cat/empty.png').touch()
    body = f"""model = dict(backbone=dict(depth=8), head=dict(num_classes=1))
train_dataloader = dict(dataset=dict(
    _delete_=True, type='ltplug.DrawDataset', dataset=dict(
        type='ltplug.ImageFolderDataset', data_root='{tmp_path}/images',
        pipeline=[dict(type='LoadImageFromFile'), dict(type='PackInputs')])))
val_dataloader = val_evaluator = val_cfg = test_dataloader = test_evaluator = test_cfg = None"""
    told = fails(train_main, write_config(tmp_path, body, CE), '--work-dir', tmp_path / 'run',
                 '--cfg-options', f'train_dataloader.num_workers={workers}')
    assert told.startswith(f'Error: {tmp_path}/images/cat/empty.png is no image that can be read')


def test_a_folder_with_another_run_is_not_overwritten(finished):
    config, work_dir = finished
    before = content(work_dir)
    told = fails(train_main, config, '--work-dir', work_dir, '--cfg-options', *FAST)
    assert 'holds checkpoints of an earlier run' in told and '--resume' in told
    after = content(work_dir)
    assert before == {path: after.get(path) for path in before}


def test_a_finished_run_resumes_to_its_table(finished, capsys):
    config, work_dir = finished
    capsys.readouterr()
    train_main([str(config), '--work-dir', str(work_dir), '--resume', '--cfg-options', *FAST])
    output = capsys.readouterr().out
    assert 'resumed epoch: 2' in output and 'Accuracy by class frequency' in output
    saved = (work_dir / config.name).read_text()
    assert 'resume = True' not in saved, 'the saved config starts anew'


def test_a_file_without_the_state_of_a_run_cannot_be_resumed(finished, tmp_path):
    config, work_dir = finished
    checkpoint = torch.load(work_dir / 'epoch_2.pth', weights_only=False)
    torch.save(dict(state_dict=checkpoint['state_dict'], meta={}), tmp_path / 'weights.pth')
    told = fails(train_main, config, '--work-dir', tmp_path / 'run', '--resume',
                 tmp_path / 'weights.pth', '--cfg-options', *FAST)
    assert 'lacks optimizer, message_hub' in told


def test_resume_as_a_config_key_is_the_same(finished, tmp_path):
    config, _ = finished
    told = fails(train_main, config, '--work-dir', tmp_path / 'new', '--cfg-options', *FAST,
                 'resume=True')
    assert 'nothing to resume' in told


@pytest.mark.parametrize(('options', 'sentence'), [
    (['train_cfg.max_epochs=5'], 'train_cfg.max_epochs was 2 and is now 5'),
    (['optim_wrapper.optimizer.lr=7.0'], 'optim_wrapper.optimizer.lr was 0.1 and is now 7.0'),
    (['train_dataloader.batch_size=16'],
     'train_dataloader.batch_size times the number of processes was 32 and is now 16'),
    (['model.head.loss.type=ltplug.BalancedSoftmaxLoss'],
     "is now 'ltplug.BalancedSoftmaxLoss'. Put it back"),
    (['param_scheduler.1.milestones=[1]'], 'milestones was [3] and is now [1]'),
    (['train_dataloader.dataset.imbalance_ratio=10'], 'imbalance_ratio was 50 and is now 10'),
    (['val_dataloader.dataset.split=train'], "split was 'test' and is now 'train'"),
    (['randomness.seed=5'], 'with seed 0 and cannot go on with seed 5'),
])
def test_resuming_as_another_run_is_refused(finished, options, sentence):
    config, work_dir = finished
    tells = [work_dir / 'run.json', work_dir / config.name]
    before = [path.read_text() for path in tells]
    told = fails(train_main, config, '--work-dir', work_dir, '--resume', '--cfg-options', *FAST,
                 *options)
    assert sentence in told
    assert before == [path.read_text() for path in tells], 'they tell of what was run'


def test_what_does_not_change_the_training_may_change_while_it_rests(finished, tmp_path):
    config, work_dir = finished
    shutil.copytree(work_dir, tmp_path / 'run')
    train_main([str(config), '--work-dir', str(tmp_path / 'run'), '--resume', '--no-validate',
                '--cfg-options', *FAST, 'train_dataloader.num_workers=1', 'precision=bf16',
                'channels_last=True', 'train_cfg.val_interval=1', 'log_level=WARNING',
                'default_hooks.checkpoint.interval=2', 'test_evaluator.groups=tertile'])


def test_a_resumed_run_notes_the_seed_that_it_was_begun_with(finished, tmp_path):
    config, _ = finished
    options = ['--work-dir', str(tmp_path), '--cfg-options', *FAST]
    train_main([str(config), '--seed', '3', *options])
    train_main([str(config), '--resume', *options])
    assert Config.fromfile(tmp_path / config.name).randomness.seed == 3


def test_nothing_to_resume(finished, tmp_path):
    config, _ = finished
    told = fails(train_main, config, '--work-dir', tmp_path / 'new', '--resume')
    assert 'nothing to resume' in told
    told = fails(train_main, config, '--work-dir', tmp_path / 'new', '--resume', 'epoch_9.pth')
    assert 'epoch_9.pth does not exist' in told
    told = fails(train_main, config, '--work-dir', tmp_path / 'new', '--resume', tmp_path)
    assert f'{tmp_path} is a folder and no checkpoint file.' in told
    assert not (tmp_path / 'new').exists()


def test_a_checkpoint_of_another_architecture(finished, tmp_path):
    config, work_dir = finished
    checkpoint = work_dir / 'epoch_2.pth'
    told = fails(run_test, config, checkpoint, '--work-dir', tmp_path, '--cfg-options', *FAST,
                 'model.backbone.depth=20')
    assert 'from another architecture' in told
    told = fails(run_test, LDAM, checkpoint, '--work-dir', tmp_path, '--cfg-options', *FAST,
                 'model.backbone.depth=8')
    assert 'from another architecture' in told
    told = fails(train_main, config, '--work-dir', tmp_path, '--cfg-options', *FAST,
                 'model.backbone.depth=20', f'load_from={checkpoint}')
    assert 'from another architecture' in told


def test_counts_needed_and_not_available(finished, tmp_path):
    told = fails(train_main, LDAM, '--work-dir', tmp_path, '--no-validate', '--cfg-options', *FAST,
                 'default_hooks.class_counts=None')
    assert 'LDAMLoss needs the class counts' in told and 'ClassCountsHook' in told
    config, work_dir = finished
    checkpoint = torch.load(work_dir / 'epoch_2.pth', weights_only=False)
    del checkpoint['meta']['ltplug']
    told = fails(train_main, config, '--work-dir', tmp_path / 'metric', '--cfg-options', *FAST,
                 'default_hooks.class_counts=None')
    assert 'GroupAccuracy needs the class counts' in told
    assert not list((tmp_path / 'metric').glob('*.pth'))
    torch.save(checkpoint, tmp_path / 'foreign.pth')
    told = fails(run_test, config, tmp_path / 'foreign.pth', '--work-dir', tmp_path,
                 '--cfg-options', *FAST)
    assert 'GroupAccuracy needs the class counts' in told


class Payload:
    """Runs code when it is unpickled."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return Path.touch, (self.marker, )


def test_hostile_checkpoints_run_nothing(finished, tmp_path):
    config, work_dir = finished
    marker = tmp_path / 'ran'
    hostile = tmp_path / 'epoch_1.pth'
    torch.save(dict(state_dict={}, meta=Payload(marker)), hostile)
    told = fails(run_test, config, hostile, '--work-dir', tmp_path, '--cfg-options', *FAST)
    assert '--trust-checkpoint' in told and hostile.name in told
    told = fails(train_main, config, '--work-dir', tmp_path, '--resume', hostile,
                 '--cfg-options', *FAST)
    assert '--trust-checkpoint' in told
    told = fails(train_main, config, '--work-dir', tmp_path, '--resume', '--cfg-options', *FAST)
    assert 'nothing to resume' in told
    assert not marker.exists()

    checkpoint = torch.load(work_dir / 'epoch_2.pth', weights_only=False)
    checkpoint['meta']['config'] = f'import pathlib\npathlib.Path({str(marker)!r}).touch()'
    torch.save(checkpoint, hostile)
    for main, arguments in ((run_test, [hostile, '--work-dir', tmp_path / 'tested']),
                            (train_main, ['--resume', hostile, '--work-dir', tmp_path / 'again'])):
        told = fails(main, config, *arguments, '--cfg-options', *FAST)
        assert 'no plain assignment' in told
        assert not marker.exists()


def test_other_mistakes(finished, tmp_path):
    config, work_dir = finished
    checkpoint = work_dir / 'epoch_2.pth'
    assert f'no config file nowhere.py in {Path.cwd()}' in fails(train_main, 'nowhere.py')
    assert f'no checkpoint nowhere.pth in {Path.cwd()}.' in fails(run_test, config, 'nowhere.pth')
    told = fails(run_test, config, ROOT / 'README.md')
    assert 'README.md is no checkpoint' in told and 'trust' not in told
    told = fails(run_test, config, checkpoint, '--cfg-options', 'test_dataloader.num_workers=abc')
    assert "test_dataloader.num_workers must be a number, got the text 'abc'" in told
    assert f'{work_dir} is a folder and no checkpoint file (in it is epoch_2.pth).' in fails(
        run_test, config, work_dir)
    assert "KEY=VALUE, got 'foo'" in fails(train_main, config, '--cfg-options', 'foo')
    broken = tmp_path / 'broken.py'
    broken.write_text('model = dict(')
    assert 'SyntaxError' in fails(train_main, broken)
    assert '.npz or .json' in fails(run_test, config, checkpoint, '--out', 'out.pkl')
    assert 'needs torchrun' in fails(train_main, config, '--launcher', 'pytorch')


def test_a_config_with_a_variable_that_nothing_reads(tmp_path):
    config = write_config(tmp_path, "optim_wraper = dict(optimizer=dict(lr=1))", CE)
    told = fails(train_main, config, '--work-dir', tmp_path / 'run')
    assert 'optim_wraper' in told and 'optim_wrapper' in told


def test_the_test_script_repeats_the_table_of_training(finished, tmp_path):
    config, work_dir = finished
    run_test([str(config), str(work_dir / 'epoch_2.pth'), '--work-dir', str(tmp_path),
              '--cfg-options', *FAST])
    import json
    first = json.loads((work_dir / 'test' / 'results.json').read_text())
    again = json.loads((tmp_path / 'results.json').read_text())
    assert again['metrics'] == first['metrics'] and again['groups'] == first['groups']


def test_failures_inside_training_keep_their_traceback(finished, tmp_path, monkeypatch):
    monkeypatch.setattr('mmengine.optim.OptimWrapper.zero_grad', partial(next, iter([None] * 3)))
    with pytest.raises(StopIteration):
        train_main([str(finished[0]), '--work-dir', str(tmp_path), '--cfg-options', *FAST])


PROJECT = '''from mmcv.transforms import BaseTransform
from mmpretrain.registry import TRANSFORMS

@TRANSFORMS.register_module(force=True)
class Mask(BaseTransform):
    number = 0

    def transform(self, results):
        Mask.number += 1
        return results if Mask.number < 40 else results['mask']
'''


@pytest.mark.parametrize('workers', [0, 1])
def test_a_failure_in_code_of_the_users_own_names_the_place(tmp_path, monkeypatch, workers):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / f'masks{workers}.py').write_text(PROJECT)
    body = f"""custom_imports = dict(imports=['ltplug', 'masks{workers}'])
model = dict(backbone=dict(depth=8))
train_dataloader = dict(dataset=dict(dataset=dict(pipeline=[
    dict(type='Mask'), dict(type='PackInputs')])))"""
    told = fails(train_main, write_config(tmp_path, body, CE), '--work-dir', tmp_path / 'run',
                 '--cfg-options', *FAST[1:], f'train_dataloader.num_workers={workers}')
    assert f"KeyError in {tmp_path}/masks{workers}.py, line 10, in transform: 'mask'" in told


def test_mixed_precision_on_a_cpu(tmp_path, capsys):
    body = 'model = dict(backbone=dict(depth=8))\n'
    train_main([str(write_config(tmp_path, body, CE, epochs=1)), '--work-dir',
                str(tmp_path / 'run'), '--amp', '--cfg-options', *FAST,
                'param_scheduler=None'])
    assert 'Precision: bfloat16' in capsys.readouterr().out


def test_a_bug_keeps_its_traceback_on_the_screen_and_in_the_log(finished, tmp_path, monkeypatch):
    monkeypatch.setattr('ltplug.evaluation.GroupAccuracy.compute_metrics', partial(getattr, 0))
    with pytest.raises(TypeError, match='attribute name must be string'):
        train_main([str(finished[0]), '--work-dir', str(tmp_path), '--cfg-options', *FAST])
    logs = [path.read_text() for path in tmp_path.rglob('*.log')]
    assert any('in evaluate' in log and 'attribute name must be string' in log for log in logs)
