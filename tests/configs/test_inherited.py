"""Configs of other folders inherit those of ltplug by the name of the package."""

import pytest
from mmengine.config import Config
from mmengine.runner import Runner

import ltplug.apis as lt
from ltplug.apis.config import load_config
from ltplug.apis.recipes import load_recipe
from ltplug.datasets import Digits

from .listing import ROOT

CONFIGS = ROOT / 'configs'
FOUND = sorted(CONFIGS.glob('*/*digits-lt*.py'))
ONE_OF_EACH_KIND = {(path.parent, 'recipe' in path.name): path for path in FOUND
                    if path.parent.name != '_base_' and not path.name.startswith('self-training')}


def heir_of(path, folder):
    heir = folder / 'mine.py'
    heir.write_text(f"_base_ = ['ltplug::{path.relative_to(CONFIGS)}']\n")
    return heir


@pytest.mark.parametrize('path', ONE_OF_EACH_KIND.values(), ids=lambda path: path.stem)
def test_what_inherits_a_config_is_tried_as_the_config_itself(path, tmp_path):
    lt.run(heir_of(path, tmp_path), tmp_path / 'run', dry_run=True)


def test_a_recipe_finds_its_stages_where_it_lists_them(tmp_path):
    path = CONFIGS / 'tau_norm/tau-norm_cifar-resnet20_digits-lt_recipe.py'
    heir, original = (load_recipe(one) for one in (heir_of(path, tmp_path), path))
    assert list(heir.stages) == list(original.stages) and heir.groups_from == original.groups_from
    assert heir.stages['classifier'].task == original.stages['classifier'].task
    # Stages of its own are looked for beside it, those of its base beside that.
    ce = CONFIGS / 'ce/ce_cifar-resnet20_60e_digits-lt.py'
    (tmp_path / 'short.py').write_text(f"_base_ = ['{ce}']\n")
    own = "stages = [*_base_.stages, dict(name='again', config='short.py')]\n"
    (tmp_path / 'mine.py').write_text((tmp_path / 'mine.py').read_text() + own)
    assert list(load_recipe(tmp_path / 'mine.py').stages) == [*original.stages, 'again']


def test_collating_takes_the_scope_that_mmengine_hands_it(tmp_path):
    config = Config.fromfile(heir_of(CONFIGS / 'ce/ce_cifar-resnet20_60e_digits-lt.py', tmp_path))
    loader = config.val_dataloader
    assert loader.collate_fn['_scope_'] == 'ltplug'
    loader.update(num_workers=0, persistent_workers=False, pin_memory=False, dataset=Digits(
        pipeline=[dict(type='PackInputs')]))
    assert len(next(iter(Runner.build_dataloader(loader)))['data_samples']) == loader.batch_size


def test_collate_functions_of_other_packages_are_not_handed_a_scope(tmp_path):
    path = tmp_path / 'mine.py'
    path.write_text("_base_ = ['mmpretrain::simclr/simclr_resnet50_16xb256-coslr-200e_in1k.py']\n")
    assert Config.fromfile(path).train_dataloader.collate_fn == {
        'type': 'default_collate', '_scope_': 'mmpretrain'}
    assert load_config(path).train_dataloader.collate_fn == {'type': 'default_collate'}
