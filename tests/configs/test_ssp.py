"""Self-supervised pre-training sees the images that its methods are trained on, and no others."""

import pytest

from ltplug.apis.recipes import load_recipe

from .listing import ROOT

RECIPES = sorted(path.name for path in ROOT.glob('configs/ssp/*_recipe.py'))


def images(config):
    """Return what says which images a training sees."""
    dataset = config.train_dataloader.dataset
    inner = dataset.dataset
    chosen = {key: dataset.get(key) for key in
              ('imbalance_ratio', 'profile', 'max_count', 'class_order', 'seed')}
    return chosen | {key: inner.get(key) for key in ('type', 'split', 'ann_file', 'data_root')}


@pytest.mark.parametrize('name', RECIPES)
def test_all_stages_see_the_same_images(name):
    stages = load_recipe(ROOT / 'configs/ssp' / name).stages
    starts = [stage for stage in stages.values() if stage.config.get('test_dataloader') is None]
    assert starts, 'something is learned without labels'
    seen = [images(stage.config) for stage in stages.values()]
    assert all(each == seen[0] for each in seen)
    if 'step' in name:
        assert seen[0]['profile'] == 'step'
    for stage in stages.values():
        if stage.source is not None and stage.source.stage in {start.name for start in starts}:
            assert stage.source.parts == {'backbone': 'backbone'}
