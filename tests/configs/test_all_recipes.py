"""Every recipe is named and listed as it should be, and its stages run one after the other."""

import dataclasses
import json
import math
import re
from collections import Counter
from pathlib import Path

import pytest

from ltplug.apis.recipes import Recipe, load_recipe, run_recipe
from ltplug.apis.recipes.check import try_recipe
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


def contents(recipe: Recipe) -> dict[str, str]:
    """Return, by name of the stage, what it does and all that it is made from."""
    found = {}
    for name, stage in recipe.stages.items():
        source = None if stage.source is None else [
            found[stage.source.stage], stage.source.checkpoint, stage.source.parts]
        inputs = {key: [found[other], artifact]
                  for key, (other, artifact) in stage.inputs.items()}
        found[name] = json.dumps([stage.config and stage.config.to_dict(), stage.task, source,
                                  inputs], sort_keys=True)
    return found


def without_siblings(recipe: Recipe, names: list[str]) -> list[str]:
    """Keep two of the trainings that start from the same part of the same stage, and their heirs.

    The others differ in what ``test_all_configs.py`` trains.
    """
    kept, siblings, dropped = [], Counter(), set()
    for name in names:
        stage = recipe.stages[name]
        key = (stage.task is None and stage.source is not None) and str(stage.source)
        siblings[key] += 1
        if (key and siblings[key] > 2) or dropped.intersection(stage.needs):
            dropped.add(name)
        else:
            kept.append(name)
    return kept


def with_needs(recipe: Recipe, names: list[str]) -> list[str]:
    """Return stages and all that they need, in the order of the recipe."""
    wanted = {recipe.groups_from}
    for name in reversed(recipe.stages):
        if name in names or name in wanted:
            wanted |= {name, *recipe.stages[name].needs}
    return [name for name in recipe.stages if name in wanted]


@pytest.fixture(scope='module')
def run_already():
    """Remember the small stages that were run, by content; recipes have many in common."""
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
    found = contents(recipe)
    new = [stage for stage, content in found.items()
           if run_already.setdefault(content, name) == name]
    if not new:
        pytest.skip('its stages were run in other recipes')
    monkeypatch.chdir(data)
    monkeypatch.setattr('ltplug.apis.recipes.running.load_recipe', lambda *args: recipe)
    names = with_needs(recipe, without_siblings(recipe, new))
    left_out = [stage for stage in new if stage not in names]
    if left_out:
        try_recipe(recipe, left_out)
    results = run_recipe(ROOT / name, stages=names)
    assert list(results) == [stage for stage in names if recipe.stages[stage].is_tested]
    for result in results.values():
        assert math.isfinite(result['metrics']['group_accuracy/top1'])
