import pytest
from mmengine.config import Config

from ltplug.apis.batched_augmentation import batch_augmentation
from ltplug.apis.config import load_config
from ltplug.apis.recipes import load_recipe
from tests.engine.runs import ROOT


def rewritten(name):
    cfg = load_config(ROOT / 'configs' / name, dict(batched_augmentation=True))
    batch_augmentation(cfg)
    return cfg


def test_augmentation_moves_and_evaluation_stays():
    name = 'configs/ce/ce_cifar-resnet32_200e_cifar10-lt-ir100.py'
    before = load_config(ROOT / name)
    cfg = rewritten(name.removeprefix('configs/'))
    held = cfg.train_dataloader.dataset
    assert held.type == 'ltplug.ImagesInMemory'
    assert cfg.train_dataloader.collate_fn == dict(type='ltplug.collate_samples')
    pipeline = held.dataset.dataset.pipeline
    assert [step.type for step in pipeline] == ['PackInputs']
    moved = cfg.model.data_preprocessor
    assert moved.type == 'ltplug.BatchedAugmentation' and moved.channel_order == 'rgb'
    assert moved.pipeline == before.train_dataloader.dataset.dataset.pipeline[:-1]
    assert moved.preprocessor == dict(type='ClsDataPreprocessor', **before.data_preprocessor)
    assert cfg.val_dataloader == before.val_dataloader


def test_loading_and_crops_stay_with_the_dataset_and_boxes_are_made_later():
    cfg = rewritten('dscl/dscl-pbsd_resnet50_200e_imagenet-lt.py')
    pipeline = cfg.train_dataloader.dataset.pipeline if 'pipeline' in cfg.train_dataloader.dataset \
        else cfg.train_dataloader.dataset.dataset.pipeline
    assert [step.type for step in pipeline] == ['LoadImageFromFile', 'MultiView', 'PackInputs']
    assert 'algorithm_keys' not in pipeline[-1]
    moved = cfg.model.data_preprocessor
    assert moved.preprocessor.type == 'ltplug.MultiViewDataPreprocessor'
    assert moved.channel_order == 'bgr'


@pytest.mark.parametrize(('dataset', 'sentence'), [
    (dict(type='A', pipeline=[dict(type='RandomFlip')]), 'ends in PackInputs'),
    (dict(type='A', pipeline=[dict(type='RandomFlip'), dict(type='LoadImageFromFile'),
                              dict(type='PackInputs')]), 'starts with its loading'),
    (dict(type='ConcatDataset', datasets=[]), 'not a ConcatDataset of several'),
])
def test_pipelines_that_cannot_move(dataset, sentence):
    cfg = Config(dict(model=dict(), train_dataloader=dict(dataset=dataset)))
    with pytest.raises(ValueError, match=sentence):
        batch_augmentation(cfg)


def test_a_stage_of_a_recipe_takes_the_switch():
    recipe = load_recipe(ROOT / 'configs/scl/scl_cifar-resnet20_digits-lt_recipe.py',
                         {'features.batched_augmentation': True})
    assert recipe.stages['features'].config.batched_augmentation
