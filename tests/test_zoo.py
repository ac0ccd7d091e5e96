"""Shipped configs are found by name, from anywhere."""

import fnmatch
import subprocess
import sys
from pathlib import Path

import pytest

from ltplug.apis import find_config, list_configs
from ltplug.apis.config import default_work_dir, load_config
from ltplug.apis.recipes import load_recipe
from ltplug.apis.recipes.nesting import pretrained_recipe
from ltplug.zoo import shipped_configs

NAME = 'ldam-drw_cifar-resnet20_60e_digits-lt'
RECIPE = 'crt_cifar-resnet20_digits-lt_recipe'
PRETRAINING = 'moco_cifar-resnet20_60e_digits-lt'


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_names_are_unique():
    names = list_configs()
    assert len(names) == len(set(names)) and names == sorted(names)


@pytest.mark.parametrize('spelling', [
    NAME, f'{NAME}.py', f'ldam/{NAME}.py', f'configs/ldam/{NAME}.py', Path('configs/ldam') / NAME])
def test_every_spelling_of_a_name(spelling, configs):
    assert find_config(spelling) == configs / 'ldam' / f'{NAME}.py'


def test_every_name_is_found():
    for config in shipped_configs():
        assert find_config(config.name) == config.path


def test_a_file_comes_before_a_name():
    Path(f'{NAME}.py').touch()
    assert find_config(f'{NAME}.py') == Path(f'{NAME}.py')
    assert find_config(NAME) != Path(f'{NAME}.py')


@pytest.mark.parametrize('name', [
    'ldam-drw_cifar-resnet20_60e_digits',
    'ldam-dwr_cifar-resnet20_60e_digits-lt.py',
    'configs/ce/ldam-drw_cifar-resnet20_60e_digits-lt',
])
def test_a_typo_is_answered_with_names_that_are_near(name):
    with pytest.raises(FileNotFoundError) as error:
        find_config(name)
    assert name in str(error.value) and f'did you mean {NAME}' in str(error.value)


def test_what_is_like_nothing_gets_no_advice(tmp_path):
    with pytest.raises(FileNotFoundError, match='ships none of that name; "ltplug list"'):
        find_config('nowhere.py')
    with pytest.raises(FileNotFoundError) as error:
        find_config(tmp_path / f'{NAME}.py')  # of an absolute path, only the file can be meant
    assert str(error.value) == f'There is no config file {tmp_path / NAME}.py.'


def test_selection():
    digits = list_configs('digits')
    assert digits and all('digits' in name for name in digits)
    assert list_configs('ldam*digits-lt') == fnmatch.filter(digits, 'ldam*digits-lt')
    ldam = list_configs(method='ldam', dataset='cifar10')
    assert 'ldam-drw_cifar-resnet32_200e_cifar10-lt-ir50' in ldam
    assert not [name for name in ldam if 'cifar100' in name or 'self-training' in name]
    assert list_configs(method='balanced-softmax') == list_configs(method='balanced_softmax') != []
    assert all(name.endswith('_recipe') for name in list_configs(method='cr*', recipes=True))
    assert list_configs(method='crt') == sorted(
        list_configs(method='crt', recipes=True) + list_configs(method='crt', recipes=False))
    assert list_configs(dataset='*-ir50') == [
        name for name in list_configs() if name.removesuffix('_recipe').endswith('-ir50')]
    assert list_configs(dataset='nothing') == []


def test_configs_and_recipes_are_read_by_name(configs):
    assert load_config(NAME).filename == str(configs / 'ldam' / f'{NAME}.py')
    assert default_work_dir(load_config(NAME)) == default_work_dir(NAME) == f'work_dirs/{NAME}'
    recipe = load_recipe(RECIPE)
    assert recipe.work_dir == f'work_dirs/{RECIPE}' and list(recipe.stages)
    start = load_recipe(NAME, pretrain=PRETRAINING)
    assert start.work_dir == f'work_dirs/{NAME}_from_{PRETRAINING}'
    stages = pretrained_recipe(NAME, PRETRAINING, 'training').stages
    assert [Path(stage.config).is_file() for stage in stages] == [True, True]


def test_names_are_known_without_torch():
    code = ('import sys, ltplug.zoo; ltplug.zoo.list_configs(); '
            'assert "torch" not in sys.modules and "mmcv" not in sys.modules')
    subprocess.run([sys.executable, '-c', code], check=True, timeout=60)
