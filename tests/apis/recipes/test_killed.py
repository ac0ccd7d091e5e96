"""A recipe that is killed again and again ends as if nothing had happened, bit by bit."""

import json
import signal

import pytest
import torch

from ...engine.runs import train, weights
from .recipes import write_recipe

KILL_IN_EPOCH = '''
import os, signal
from mmengine.hooks import IterTimerHook
def kill(self, runner, batch_idx, data_batch=None, outputs=None):
    if runner.iter == {iteration} and {stage!r} in runner.work_dir:
        os.kill(os.getpid(), signal.SIGKILL)
IterTimerHook.after_train_iter = kill
'''
KILL_BETWEEN_STAGES = '''
import os, signal
from ltplug.apis.recipes.state import RecipeState
RecipeState.begin = lambda self, stage: os.kill(os.getpid(), signal.SIGKILL)
'''
KILL_BEFORE_TEST = '''
import os, signal
import ltplug.apis.recipes.stage_runner as stage_runner
stage_runner.test_checkpoints = lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGKILL)
'''


def killed(recipe, folder, before, *options):
    result = train(recipe, folder, *options, before=before)
    assert result.returncode == -signal.SIGKILL, result.stdout + result.stderr


def finished(recipe, folder, *options):
    result = train(recipe, folder, *options)
    assert result.returncode == 0, result.stdout + result.stderr
    return {f'{stage}.{key}': value for stage in ('features', 'classifier')
            for key, value in weights(folder / stage / 'epoch_3.pth').items()}


@pytest.fixture(scope='module')
def recipe(tmp_path_factory):
    return write_recipe(tmp_path_factory.mktemp('recipe'))


@pytest.fixture(scope='module')
def uninterrupted(recipe, tmp_path_factory):
    folder = tmp_path_factory.mktemp('uninterrupted')
    return finished(recipe, folder), json.loads((folder / 'results.json').read_text())


def test_killed_in_both_stages_and_between_them(recipe, uninterrupted, tmp_path):
    killed(recipe, tmp_path, KILL_IN_EPOCH.format(iteration=17, stage='features'))
    killed(recipe, tmp_path, KILL_BEFORE_TEST, '--resume')
    state = json.loads((tmp_path / 'recipe_state.json').read_text())
    assert state['stages']['features']['status'] == 'trained'
    killed(recipe, tmp_path, KILL_BETWEEN_STAGES, '--resume')
    killed(recipe, tmp_path, KILL_IN_EPOCH.format(iteration=22, stage='classifier'), '--resume')
    found = finished(recipe, tmp_path, '--resume')
    expected, results = uninterrupted
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[key], value) for key, value in expected.items())
    again = json.loads((tmp_path / 'results.json').read_text())
    assert {name: each['metrics'] for name, each in again.items()} == {
        name: each['metrics'] for name, each in results.items()}


def test_killed_before_the_first_checkpoint(recipe, uninterrupted, tmp_path):
    killed(recipe, tmp_path, KILL_IN_EPOCH.format(iteration=3, stage='features'))
    found = finished(recipe, tmp_path, '--resume')
    assert all(torch.equal(found[key], value) for key, value in uninterrupted[0].items())
