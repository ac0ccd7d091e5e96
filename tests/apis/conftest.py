"""Short trainings on the digits, and the test digits as files."""

from pathlib import Path

import cv2
import pytest
from mmengine.registry import DefaultScope

import ltplug.apis as lt
from ltplug.datasets import Digits

ROOT = Path(__file__).parent.parent.parent
LDAM = ROOT / 'configs/ldam/ldam-drw_cifar-resnet20_60e_digits-lt.py'
NCM = ROOT / 'configs/ncm/ncm_cifar-resnet20_digits-lt_recipe.py'
SHORT = {
    'train_cfg.max_epochs': 2, 'train_cfg.val_interval': 2, 'param_scheduler': None,
    'optim_wrapper.optimizer.lr': 0.05, 'train_dataloader.num_workers': 0,
    'val_dataloader.num_workers': 0, 'test_dataloader.num_workers': 0, 'log_level': 'WARNING',
}


@pytest.fixture(scope='session')
def averaged_run(tmp_path_factory) -> Path:
    """The work dir of LDAM-DRW whose checkpoints hold averaged weights, far from the raw ones."""
    folder = tmp_path_factory.mktemp('averaged')
    lt.run(LDAM, folder, cfg_options={
        **SHORT, 'custom_hooks': [dict(type='EMAHook', momentum=0.02)]})
    DefaultScope._instance_dict.clear()
    return folder


@pytest.fixture(scope='session')
def recipe_run(tmp_path_factory) -> Path:
    """The work dir of a recipe whose last stage is a task."""
    folder = tmp_path_factory.mktemp('recipe')
    lt.run(NCM, folder, cfg_options={f'features.{key}': value for key, value in SHORT.items()})
    DefaultScope._instance_dict.clear()
    return folder


@pytest.fixture(scope='session')
def digits_folder(tmp_path_factory) -> Path:
    """The test digits, one subfolder a class; sorted paths have the order of the dataset."""
    folder = tmp_path_factory.mktemp('digits')
    digits = Digits(split='test')
    labels = digits.get_gt_labels()
    for index in sorted(range(len(digits)), key=lambda index: labels[index]):
        path = folder / str(labels[index]) / f'{index:03}.png'
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), digits.get_data_info(index)['img'])
    return folder
