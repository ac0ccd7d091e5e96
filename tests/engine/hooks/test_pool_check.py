import pytest
from mmengine.config import Config

from ltplug.apis import train
from ltplug.engine.hooks.pool_check import held_out_datasets

from ..runs import ROOT, write_config

VAT = ROOT / 'configs/self_training/vat_cifar-resnet20_60e_digits-lt.py'
TEST = "unlabeled=dict(_delete_=True, type='ltplug.Digits', split='test', pipeline=PIPELINE)"


def config(folder, pool):
    cfg = Config.fromfile(write_config(
        folder, "PIPELINE = [dict(type='PackInputs')]\n"
        f'train_dataloader = dict(num_workers=0, dataset=dict({pool}))', VAT))
    cfg.model.backbone.depth = 8
    return cfg


def test_test_images_in_the_pool_end_a_training_before_its_first_step(tmp_path):
    with pytest.raises(ValueError, match='400 images of the pool are test images too'):
        train(config(tmp_path, TEST), tmp_path / 'run')
    assert not list((tmp_path / 'run').glob('*.pth'))


def test_another_size_ends_it_too(tmp_path):
    pool = TEST.replace("split='test'", 'size=20')
    with pytest.raises(ValueError, match='3x20x20 .* labelled images are 3x16x16'):
        train(config(tmp_path, pool), tmp_path / 'run')


def test_validation_images_are_looked_at_where_they_are_others():
    cfg = Config.fromfile(VAT)
    assert len(held_out_datasets(cfg)) == 1
    cfg.val_dataloader.dataset.split = 'train'
    assert [len(dataset) for dataset in held_out_datasets(cfg)] == [400, 1397]
    cfg.val_dataloader = None
    assert len(held_out_datasets(cfg)) == 1
