"""Self-supervised trainings that are killed and resumed, and the recipe of FASSL."""

import re
import signal

import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import Compose

from ltplug.apis import run_recipe
from ltplug.apis.recipes import load_recipe
from ltplug.datasets import with_pipeline
from ltplug.engine import extract_features
from ltplug.engine.checkpoint_io import load_checkpoint_file
from ltplug.engine.models import load_model
from ltplug.engine.tasks import AlignSignsTask
from ltplug.ops import align_signs
from ltplug.registry import DATASETS

from .runs import ROOT, train, weights

BASES = f'''
_base_ = ['{ROOT}/configs/_base_/datasets/digits-lt.py',
          '{ROOT}/configs/_base_/default_runtime.py']
val_cfg = val_dataloader = val_evaluator = None
test_cfg = test_dataloader = test_evaluator = None
data_preprocessor = dict(_delete_=True, type='SelfSupDataPreprocessor', mean=[77.8] * 3,
                         std=[92.0] * 3)
train_dataloader = dict(batch_size=100, dataset=dict(dataset=dict(pipeline=[
    dict(type='MultiView', num_views=2,
         transforms=[[dict(type='RandomCrop', crop_size=16, padding=4)]]),
    dict(type='PackInputs')])))
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.05, momentum=0.9))
train_cfg = dict(by_epoch=True, max_epochs=3)
'''
MODELS = {
    'sdclr': '''
model = dict(
    type='ltplug.SDCLR',
    backbone=dict(type='ltplug.CIFARResNet', depth=8, conv_cfg=dict(type='ltplug.PrunableConv2d'),
                  norm_cfg=dict(type='ltplug.DualBN')),
    neck=dict(type='NonLinearNeck', in_channels=64, hid_channels=32, out_channels=16,
              norm_cfg=dict(type='ltplug.DualBN')))
default_hooks = dict(pruning_mask=dict(type='ltplug.PruningMaskHook'))
''',
    'rotation': '''
model = dict(
    type='ltplug.RotationPredictor',
    backbone=dict(type='ltplug.CIFARResNet', depth=8),
    rotation_head=dict(type='LinearClsHead', num_classes=4, in_channels=64))
train_dataloader = dict(dataset=dict(dataset=dict(pipeline=[
    dict(type='RandomCrop', crop_size=16, padding=4),
    dict(type='PackInputs')])))
''',
    'prototypes': '''
model = dict(
    type='ltplug.PrototypeLearner',
    backbone=dict(type='ltplug.CIFARResNet', depth=8), feat_dim=64, num_prototypes=12)
''',
    'rebalanced': '''
model = dict(
    type='ltplug.PrototypicalRebalancedSSL',
    backbone=dict(type='ltplug.CIFARResNet', depth=8), feat_dim=64, num_prototypes=12, decay=0.9,
    predictor=dict(type='NonLinearNeck', in_channels=64, hid_channels=32, out_channels=64,
                   with_last_bn=False, with_avg_pool=False, norm_cfg=dict(type='BN1d')))
default_hooks = dict(teacher=dict(type='ltplug.MomentumTeacherHook'))
''',
    'alternating': '''
_base_ = ['rebalanced.py']
model = dict(type='ltplug.AlternatingFASSL')
''',
    'bcl': '''
model = dict(
    type='ltplug.BCL',
    backbone=dict(type='ltplug.CIFARResNet', depth=8),
    neck=dict(type='NonLinearNeck', in_channels=64, hid_channels=32, out_channels=16,
              norm_cfg=dict(type='BN1d')))
train_dataloader = dict(
    batch_sampler=dict(type='ltplug.StrengthDrawBatchSampler'),
    dataset=dict(dataset=dict(pipeline=[
        dict(type='MultiView', num_views=2,
             transforms=[[dict(type='ltplug.StrengthRandAugment')]]),
        dict(type='PackInputs')])))
default_hooks = dict(strengths=dict(type='ltplug.MemorizedStrengthHook'))
''',
}
PROBE = f'''
_base_ = ['{ROOT}/configs/crt/crt_cifar-resnet20_10e_digits-lt.py']
model = dict(backbone=dict(depth=8))
train_cfg = dict(max_epochs=2)
'''
STAGES = '''
stages = [
    dict(name='sdclr', config='sdclr.py'),
    dict(name='prototypes', config='prototypes.py',
         load_from=dict(stage='sdclr', parts=dict(backbone='backbone'))),
    dict(name='aligned', task=dict(type='ltplug.AlignSignsTask'), load_from='prototypes'),
    dict(name='rebalanced', config='rebalanced.py',
         load_from=dict(stage='aligned',
                        parts=dict(backbone='backbone', prototypes='prototypes'))),
    dict(name='probe', config='probe.py',
         load_from=dict(stage='rebalanced', parts=dict(backbone='backbone'))),
]
'''
KILL_IN_THE_SECOND_EPOCH = '''
import os, signal
from mmengine.hooks import IterTimerHook
def kill(self, runner, batch_idx, data_batch=None, outputs=None):
    if runner.epoch == 1:
        os.kill(os.getpid(), signal.SIGKILL)
IterTimerHook.after_train_iter = kill
'''


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp('configs')
    for name, model in MODELS.items():
        (folder / f'{name}.py').write_text(model if '_base_' in model else BASES + model)
    (folder / 'probe.py').write_text(PROBE)
    (folder / 'recipe.py').write_text(STAGES)
    return folder


@pytest.mark.parametrize('name', MODELS)
def test_a_resumed_run_ends_as_the_unbroken_one(folder, tmp_path, name):
    whole = train(folder / f'{name}.py', tmp_path / 'whole')
    assert whole.returncode == 0, whole.stderr
    killed = train(folder / f'{name}.py', tmp_path / 'killed', before=KILL_IN_THE_SECOND_EPOCH)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    resumed = train(folder / f'{name}.py', tmp_path / 'killed', '--resume')
    assert resumed.returncode == 0, resumed.stderr
    expected, found = (weights(tmp_path / run / 'epoch_3.pth') for run in ('whole', 'killed'))
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert found[key].equal(value), key


@pytest.fixture(scope='module')
def finished(folder, tmp_path_factory):
    work_dir = tmp_path_factory.mktemp('recipe')
    return work_dir, run_recipe(folder / 'recipe.py', work_dir)


def state(work_dir, stage):
    name = 'checkpoint.pth' if stage == 'aligned' else 'epoch_3.pth'
    return load_checkpoint_file(work_dir / stage / name)['state_dict']


def test_the_recipe_ends_with_a_probe(finished):
    work_dir, results = finished
    assert list(results) == ['probe']
    assert results['probe']['metrics']['group_accuracy/top1'] > 10
    log = next((work_dir / 'rebalanced').glob('*/*.log')).read_text()
    assert re.search(r'phi_rank_correlation: -?\d\.\d+', log)


def test_prototypes_are_turned_to_the_images_and_stay(folder, finished):
    work_dir, _ = finished
    learned, turned = (state(work_dir, stage)['prototypes.weight']
                       for stage in ('prototypes', 'aligned'))
    config = load_recipe(folder / 'recipe.py').stages['prototypes'].config
    model = load_model(config, state(work_dir, 'prototypes'))
    dataset = with_pipeline(DATASETS.build(config.train_dataloader.dataset),
                            Compose([dict(type='PackInputs')]))
    features = torch.from_numpy(extract_features(model, dataset))
    assert align_signs(features, learned).equal(turned)
    assert not learned.equal(turned), 'some of twelve random prototypes point away'
    assert state(work_dir, 'rebalanced')['prototypes.weight'].equal(turned)
    for key, value in state(work_dir, 'prototypes').items():
        assert key == 'prototypes.weight' or state(work_dir, 'aligned')[key].equal(value)


def test_only_prototypes_are_turned():
    with pytest.raises(ValueError, match='PrototypeLearner, but it loads ltplug.SDCLR: name'):
        AlignSignsTask().output_config(Config(dict(model=dict(type='ltplug.SDCLR'))))
    with pytest.raises(ValueError, match='but it loads nothing'):
        AlignSignsTask().output_config(None)
