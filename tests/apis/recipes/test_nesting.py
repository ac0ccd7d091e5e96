import json

import pytest
import torch

from ltplug.apis.recipes import load_recipe
from ltplug.cli.running import train_main
from ltplug.engine.checkpoint_io import load_checkpoint_file
from ltplug.engine.config_check import ConfigError

from ...engine.runs import ROOT
from .recipes import write_recipe

CRT = ROOT / 'configs/crt/crt_cifar-resnet20_digits-lt_recipe.py'
START = "load_from=dict(stage='start', parts=dict(backbone='backbone'))"
OUTER = f"""stages = [
    dict(name='start', config='short.py'),
    dict(name='two', config='inner/recipe.py', overrides={{'features.train_cfg.max_epochs': 7}},
         {START}),
    dict(config='inner/recipe.py', {START}),
]
"""
ROTATION = f"""_base_ = ['{ROOT}/configs/_base_/datasets/digits-lt.py',
          '{ROOT}/configs/_base_/default_runtime.py']
model = dict(type='ltplug.RotationPredictor', backbone=dict(type='ltplug.CIFARResNet', depth=8),
             rotation_head=dict(type='LinearClsHead', num_classes=4, in_channels=64))
data_preprocessor = dict(_delete_=True, type='SelfSupDataPreprocessor', mean=[77.8] * 3,
                         std=[92.0] * 3)
val_cfg = val_dataloader = val_evaluator = None
test_cfg = test_dataloader = test_evaluator = None
train_dataloader = dict(num_workers=0)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9))
train_cfg = dict(by_epoch=True, max_epochs=2)
"""


@pytest.fixture
def outer(tmp_path):
    (tmp_path / 'inner').mkdir()
    write_recipe(tmp_path / 'inner')
    write_recipe(tmp_path)
    path = tmp_path / 'outer.py'
    path.write_text(OUTER)
    return path


def test_a_recipe_stands_where_a_config_can(outer):
    recipe = load_recipe(outer, {'two-classifier.train_cfg.max_epochs': 5})
    assert list(recipe.stages) == ['start', 'two-features', 'two-classifier', 'features',
                                   'classifier']
    sources = {name: stage.source and (stage.source.stage, stage.source.parts)
               for name, stage in recipe.stages.items()}
    backbone = {'backbone': 'backbone'}
    assert sources == {
        'start': None, 'two-features': ('start', backbone),
        'two-classifier': ('two-features', backbone), 'features': ('start', backbone),
        'classifier': ('features', backbone)}
    assert [stage.config.train_cfg.max_epochs for stage in recipe.stages.values()] == [
        3, 7, 5, 3, 3]
    ratios = [stage.config.train_dataloader.dataset.imbalance_ratio
              for stage in recipe.stages.values()]
    assert ratios == [50, 50, 1, 50, 1], 'overrides of the inner recipe are kept'


def test_artifacts_are_taken_from_the_stages_of_the_same_recipe(outer):
    inner = outer.parent / 'inner' / 'recipe.py'
    inner.write_text("""stages = [
        dict(name='features', config='short.py', load_from=dict(stage='b')),
        dict(name='b', config='short.py', inputs={'load_from': 'features.checkpoint'})]""")
    with pytest.raises(ConfigError, match='two-features needs two-b needs two-features'):
        load_recipe(outer)
    inner.write_text("""stages = [dict(name='features', config='short.py'),
        dict(name='t', task=dict(type='ltplug.TauNormalizationTask'), load_from='features')]""")
    stages = load_recipe(outer).stages
    assert stages['two-t'].source.stage == 'two-features' and stages['two-t'].source.parts is None


@pytest.mark.parametrize(('entry', 'sentence'), [
    ("dict(config='inner/recipe.py', test=False)", "is a recipe, for which 'test' cannot be set"),
    ("dict(config='inner/recipe.py', overrides={'train_cfg.max_epochs': 1})",
     "one of its stages (features, classifier), got 'train_cfg.max_epochs'"),
    ("dict(config='inner/recipe.py'), dict(config='inner/recipe.py')",
     "Two stages are called 'features'"),
    ("dict(name='x', config='inner/other.py')", "Stage 'x': There is no config file"),
    ("dict(name='x', config='outer.py')", 'names itself as the config of a stage'),
    ("dict(name='x', config=5)", "Stage 'x': config must be the path of a file, got 5"),
])
def test_mistakes_are_told(outer, entry, sentence):
    outer.write_text(f'stages = [{entry}]')
    with pytest.raises(ConfigError) as error:
        load_recipe(outer)
    assert sentence in str(error.value)


def test_pretraining_comes_before_any_recipe(tmp_path):
    rotation = tmp_path / 'rotation.py'
    rotation.write_text(ROTATION)
    recipe = load_recipe(CRT, {'pretraining.train_cfg.max_epochs': 4}, pretrain=rotation)
    assert list(recipe.stages) == ['pretraining', 'features', 'classifier']
    assert recipe.stages['pretraining'].config.train_cfg.max_epochs == 4
    assert recipe.stages['features'].source.stage == 'pretraining'
    assert recipe.stages['classifier'].source.stage == 'features'
    assert recipe.groups_from == 'features', 'whatever the features are learned from'
    assert recipe.work_dir == 'work_dirs/crt_cifar-resnet20_digits-lt_recipe_from_rotation'
    with pytest.raises(ConfigError, match='name the config of its stage that learns'):
        load_recipe(CRT, pretrain=CRT)
    with pytest.raises(ConfigError, match='write it to a file'):
        load_recipe(recipe.stages['features'].config, pretrain=rotation)
    with pytest.raises(FileNotFoundError, match='no config file'):
        load_recipe(CRT, pretrain=tmp_path / 'missing.py')


@pytest.fixture
def command(tmp_path):
    write_recipe(tmp_path)
    (tmp_path / 'rotation.py').write_text(ROTATION)
    return [str(tmp_path / 'short.py'), '--pretrain', str(tmp_path / 'rotation.py'), '--work-dir',
            str(tmp_path / 'run')]


def state(path):
    return load_checkpoint_file(path)['state_dict']


def test_a_config_starts_from_rotations(command, tmp_path, capsys):
    still = ['--cfg-options', 'training.optim_wrapper.optimizer.lr=0.0']
    train_main([*command, *still])
    learned, used = (state(tmp_path / 'run' / stage / f'epoch_{epoch}.pth')
                     for stage, epoch in (('pretraining', 2), ('training', 3)))
    weights = [key for key in learned if key.startswith('backbone.') and 'running' not in key
               and 'tracked' not in key]
    assert weights and all(torch.equal(learned[key], used[key]) for key in weights)
    assert set(learned) ^ set(used) == {f'{head}.fc.{part}' for head in ('rotation_head', 'head')
                                        for part in ('weight', 'bias')}
    results = json.loads((tmp_path / 'run/results.json').read_text())
    assert list(results) == ['training']
    capsys.readouterr()
    train_main([*command, *still, '--resume'])
    assert 'Stage 1/2' not in capsys.readouterr().out, 'nothing is repeated'


def test_another_architecture_is_refused_before_anything_is_learned(command, tmp_path):
    with pytest.raises(SystemExit) as stop:
        train_main([*command, '--cfg-options', 'training.model.backbone.depth=14'])
    assert "loads from stage 'pretraining' does not fit" in stop.value.code
    assert not (tmp_path / 'run' / 'pretraining').exists()
