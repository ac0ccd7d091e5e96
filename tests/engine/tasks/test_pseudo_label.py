import json
import signal

import numpy as np
import pytest
import torch
from mmengine.config import Config

from ltplug.apis import run_recipe
from ltplug.apis.recipes import load_recipe
from ltplug.cli.data import pseudo_label_main
from ltplug.datasets import PseudoLabels
from ltplug.engine.checkpoint_io import load_checkpoint_file
from ltplug.engine.checkpoint_meta import META_KEY
from ltplug.engine.config_check import ConfigError
from ltplug.ops import long_tail_counts

from ...apis.recipes.recipes import write_recipe
from ..runs import ROOT, train, weights

COUNTS = long_tail_counts(134, 10, 50)
BASE = ROOT / 'configs/self_training/self-training-ldam-drw_cifar-resnet20_60e_digits-lt.py'
SHORT = f"""_base_ = ['{BASE}']
model = dict(backbone=dict(depth=8), unlabeled_weight=0.5)
train_cfg = dict(max_epochs=3, val_interval=3)
param_scheduler = [dict(type='MultiStepLR', by_epoch=True, milestones=[2], gamma=0.1)]
train_dataloader = dict(num_workers=0)
val_dataloader = dict(num_workers=0)
test_dataloader = dict(num_workers=0)
"""
STAGES = """
dict(name='base', config='short.py'),
dict(name='pseudo-labels', task=dict(type='ltplug.PseudoLabelTask'), load_from='base'),
dict(name='self-training', config='self-training.py',
     inputs={'train_dataloader.dataset.pseudo_labels': 'pseudo-labels.pseudo_labels'}),
"""
KILL_IN_STAGE = '''
import os, signal
from mmengine.hooks import IterTimerHook
def kill(self, runner, batch_idx, data_batch=None, outputs=None):
    if runner.iter == {iteration} and {stage!r} in runner.work_dir:
        os.kill(os.getpid(), signal.SIGKILL)
IterTimerHook.after_train_iter = kill
'''
KILL_WHILE_LABELLING = '''
import os, signal
import ltplug.engine.tasks.pool_labels as labels
labels.SECONDS_BETWEEN_SAVES = 0.0
original = labels.outputs_of
def outputs_of(*args):
    for number, block in enumerate(original(*args)):
        if number == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        yield block
labels.outputs_of = outputs_of
'''


def write(folder, stages=STAGES, more=''):
    (folder / 'self-training.py').write_text(SHORT + more)
    return write_recipe(folder, stages)


@pytest.fixture(scope='module')
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp('finished')
    recipe = write(folder)
    return recipe, folder / 'run', run_recipe(recipe, folder / 'run')


def last_weights(folder):
    return {f'{stage}.{key}': value for stage in ('base', 'self-training')
            for key, value in weights(folder / stage / 'epoch_3.pth').items()}


def test_three_stages_and_the_groups_of_the_labelled_images(finished):
    _, folder, results = finished
    labels = PseudoLabels.load(folder / 'pseudo-labels' / 'pseudo_labels.npz').labels
    assert len(labels) == 1397 - COUNTS.sum()
    meta = load_checkpoint_file(folder / 'self-training' / 'epoch_3.pth')['meta'][META_KEY]
    assert meta['class_counts'] == (COUNTS + np.bincount(labels, minlength=10)).tolist()
    assert meta['group_counts'] == COUNTS.tolist()
    assert list(results) == ['base', 'self-training']
    for result in results.values():
        assert result['groups'][0]['class_counts'] == COUNTS.tolist()


def test_counts_may_be_those_of_the_labelled_images(finished, tmp_path):
    _, folder, _ = finished
    labels = folder / 'pseudo-labels' / 'pseudo_labels.npz'
    (tmp_path / 'alone.py').write_text(SHORT + f"""
train_dataloader = dict(num_workers=0, dataset=dict(pseudo_labels={str(labels)!r}))
default_hooks = dict(class_counts=dict(labeled_only=True))
""")
    result = train(tmp_path / 'alone.py', tmp_path / 'run', '--cfg-options',
                   'train_cfg.max_epochs=1')
    assert result.returncode == 0, result.stdout + result.stderr
    meta = load_checkpoint_file(tmp_path / 'run' / 'epoch_1.pth')['meta'][META_KEY]
    assert meta['class_counts'] == meta['group_counts'] == COUNTS.tolist()


def test_killed_in_every_stage_it_ends_with_the_same_weights(finished, tmp_path):
    recipe, folder, _ = finished
    for before in (KILL_IN_STAGE.format(iteration=17, stage='base'), KILL_WHILE_LABELLING,
                   KILL_IN_STAGE.format(iteration=60, stage='self-training')):
        resume = ['--resume'] if (tmp_path / 'recipe_state.json').exists() else []
        result = train(recipe, tmp_path, *resume, before=before)
        assert result.returncode == -signal.SIGKILL, result.stdout + result.stderr
    assert train(recipe, tmp_path, '--resume').returncode == 0
    name = 'pseudo-labels/pseudo_labels.npz'
    found, expected = (PseudoLabels.load(each / name) for each in (tmp_path, folder))
    assert (found.labels == expected.labels).all()
    assert (found.confidence == expected.confidence).all()
    found, expected = last_weights(tmp_path), last_weights(folder)
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[key], value) for key, value in expected.items())


def test_the_tool_labels_the_pool_of_a_config(finished, tmp_path, capsys):
    recipe, folder, _ = finished
    config = recipe.with_name('self-training.py')
    out = tmp_path / 'labels.npz'
    pseudo_label_main([str(recipe.with_name('short.py')), str(folder / 'base' / 'epoch_3.pth'),
                       str(config), str(out)])
    told = json.loads(out.with_suffix('.json').read_text())
    expected = PseudoLabels.load(folder / 'pseudo-labels' / 'pseudo_labels.npz')
    assert (PseudoLabels.load(out).labels == expected.labels).all()
    printed = capsys.readouterr().out
    assert f'{len(expected.labels):,} images, mean confidence' in printed
    assert f'{told["agreement_with_known_labels"]:.1f} % of the images' in printed
    row = next(line.split() for line in printed.splitlines() if line.split()[:1] == ['0'])
    assert row[1] == f'{told["classes"]["0"]["images"]:,}'


SMALL = "dict(_delete_=True, type='ltplug.Digits', size=12, pipeline=[dict(type='PackInputs')])"
TEST = "dict(_delete_=True, type='ltplug.Digits', split='test', pipeline=[dict(type='PackInputs')])"
FEWER = """
train_dataloader = dict(dataset=dict(labeled=dict(dataset=dict(
    metainfo=dict(classes=['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'])))))
"""


@pytest.mark.parametrize(('more', 'sentence'), [
    (f'train_dataloader = dict(dataset=dict(unlabeled={SMALL}))',
     r"Stage 'pseudo-labels': The pool has images of 3x12x12 .* labelled images are 3x16x16"),
    (f'train_dataloader = dict(dataset=dict(unlabeled={TEST}))',
     r"Stage 'pseudo-labels': 400 images of the pool are test images too"),
    ('train_dataloader = dict(dataset=dict(labeled=dict(imbalance_ratio=10)))',
     r"Stage 'pseudo-labels': .* trained on 371 labelled images and self-training on 544"),
    (FEWER, "Stage 'pseudo-labels': .* pseudo-labels must be of the same classes"),
])
def test_a_pool_that_does_not_fit_is_told_before_the_first_stage(tmp_path, more, sentence):
    with pytest.raises(ConfigError, match=sentence):
        run_recipe(write(tmp_path, more=more), tmp_path / 'run')
    assert not (tmp_path / 'run').exists()


@pytest.mark.parametrize(('stages', 'sentence'), [
    ("dict(name='x', task=dict(type='ltplug.PseudoLabelTask')),", 'name a stage in load_from'),
    ("dict(name='b', config='short.py'), dict(name='x', load_from='b', "
     "task=dict(type='ltplug.PseudoLabelTask')),", 'but none does: let a later training have'),
    ("dict(name='b', config='short.py'), dict(name='x', load_from='b', "
     "task=dict(type='ltplug.PseudoLabelTask', batch_size=0)),", 'batch_size must be positive'),
    ("dict(name='b', config='short.py'), dict(name='x', load_from='b', "
     "task=dict(type='ltplug.PseudoLabelTask')), dict(name='y', config='short.py', "
     "inputs={'load_from': 'x.pseudo_labels'}),", 'LongTailSubset without a pool to label'),
])
def test_recipes_that_make_no_sense_are_told(tmp_path, stages, sentence):
    with pytest.raises(ConfigError, match=sentence):
        run_recipe(write(tmp_path, stages), tmp_path / 'run', dry_run=True)


def test_a_pool_that_has_changed_is_told(finished, tmp_path):
    recipe, folder, _ = finished
    labels = folder / 'pseudo-labels' / 'pseudo_labels.npz'
    cfg = Config.fromfile(recipe.with_name('self-training.py'))
    cfg.train_dataloader.dataset.pseudo_labels = str(labels)
    cfg.train_dataloader.dataset.unlabeled.dataset.imbalance_ratio = 40
    cfg.dump(tmp_path / 'changed.py')
    result = train(tmp_path / 'changed.py', tmp_path / 'run')
    assert result.returncode == 1
    assert 'Error: The pseudo-labels of' in result.stderr
    assert 'are of other images than this pool has' in result.stderr


def test_the_plan_names_the_task():
    recipe = load_recipe(
        ROOT / 'configs/self_training/self-training-ce_cifar-resnet20_digits-lt_recipe.py')
    assert recipe.used_by('pseudo-labels') is recipe.stages['self-training'].config
    assert recipe.used_by('base') is None
    assert recipe.groups_from == 'base'


def test_mistakes_of_the_tool_are_told(finished, tmp_path):
    recipe, folder, _ = finished
    base, checkpoint = str(recipe.with_name('short.py')), str(folder / 'base' / 'epoch_3.pth')
    config = str(recipe.with_name('self-training.py'))
    for arguments, sentence in (
        ([base, 'no.pth', config, 'x.npz'], 'There is no checkpoint no.pth'),
        ([base, checkpoint, config, 'x.txt'], 'written to a .npz file'),
        ([base, checkpoint, base, 'x.npz'], 'LongTailSubset without a pool to label'),
    ):
        with pytest.raises(SystemExit, match=sentence):
            pseudo_label_main(arguments)
