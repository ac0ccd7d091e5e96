"""Every recipe is named and listed as it should be, and its stages run one after the other."""

import dataclasses
import json
import math
import re
from pathlib import Path

import pytest

from ltplug.apis.recipes import Recipe, load_recipe, run_recipe
from ltplug.apis.recipes.stages import build_task

from .fake_data import shrink
from .listing import ROOT, assert_listed

RECIPES = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob('configs/*/*_recipe.py'))
NAME = re.compile(r'[a-z0-9-]+_[a-z0-9-]+_[a-z0-9-]+_recipe\.py')

every_recipe = pytest.mark.parametrize('name', RECIPES)


def shrunk(recipe: Recipe) -> Recipe:
    """Return a recipe whose trainings take two steps."""
    stages = {}
    for name, stage in recipe.stages.items():
        config = stage.config
        if stage.task is None:
            config = shrink(config, epochs=2)
        elif stage.source is not None:
            config = build_task(stage.task).output_config(stages[stage.source.stage].config)
        stages[name] = dataclasses.replace(stage, config=config)
    return dataclasses.replace(recipe, stages=stages)


@pytest.fixture(scope='module')
def run_already():
    """Remember the small recipes that were run; those of all networks of a data set are one."""
    return {}


def test_there_are_recipes():
    assert len(RECIPES) >= 28


@every_recipe
def test_its_name_tells_the_truth(name):
    assert NAME.fullmatch(Path(name).name), 'not named <method>_<backbone>_<dataset>_recipe.py'
    recipe = load_recipe(ROOT / name)
    dataset = Path(name).stem.removesuffix('_recipe').split('_')[-1]
    for stage in recipe.stages.values():
        if stage.task is None:
            assert Path(stage.config.filename).stem.endswith(dataset)


@every_recipe
def test_its_folder_lists_it(name):
    assert_listed(ROOT / name)


@every_recipe
def test_it_runs(name, data, less_to_wait_for, run_already, tmp_path, monkeypatch):
    recipe = shrunk(dataclasses.replace(load_recipe(ROOT / name), work_dir=str(tmp_path)))
    content = {stage.name: (stage.config and stage.config.to_dict(), stage.task, str(stage.source))
               for stage in recipe.stages.values()}
    twin = run_already.setdefault(json.dumps(content, sort_keys=True), name)
    if twin != name:
        pytest.skip(f'{twin} shrinks to the same recipe')
    monkeypatch.chdir(data)
    monkeypatch.setattr('ltplug.apis.recipes.running.load_recipe', lambda *args: recipe)
    results = run_recipe(ROOT / name)
    tested = [stage.name for stage in recipe.stages.values() if stage.is_tested]
    assert list(results) == tested
    for result in results.values():
        assert math.isfinite(result['metrics']['group_accuracy/top1'])
