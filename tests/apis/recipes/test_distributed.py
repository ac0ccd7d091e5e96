"""Two processes run the same stages of a recipe."""

import json

import torch

from ltplug.engine.checkpoint_io import load_checkpoint_file

from ...engine.runs import train_in_two
from .recipes import write_recipe

STAGES = """
dict(name='features', config='short.py', overrides={'train_dataloader.batch_size': 16}),
dict(name='means', task=dict(type='ltplug.NearestClassMeanTask'), load_from='features'),
"""


def test_every_rank_runs_every_stage(tmp_path):
    recipe = write_recipe(tmp_path, STAGES)
    result = train_in_two(recipe, tmp_path / 'run')
    assert result.returncode == 0, result.stdout + result.stderr
    state = json.loads((tmp_path / 'run' / 'recipe_state.json').read_text())
    assert {stage['status'] for stage in state['stages'].values()} == {'done'}
    head = load_checkpoint_file(tmp_path / 'run' / 'means' / 'checkpoint.pth')['state_dict']
    assert torch.isfinite(head['head.class_means']).all()
    again = train_in_two(recipe, tmp_path / 'run', '--resume')
    assert again.returncode == 0, again.stdout + again.stderr
    assert (tmp_path / 'run' / 'recipe_state.json').read_text() == json.dumps(state, indent=1)
