import shutil

import numpy as np
import pytest
import torch
from mmengine.config import Config

import ltplug.apis as lt
from ltplug.datasets import Digits
from ltplug.engine.checkpoint_io import UntrustedCheckpointError, load_checkpoint_file

from .conftest import LDAM, ROOT


@pytest.fixture(scope='module')
def model(averaged_run):
    return lt.load_model(averaged_run, device='cpu')


def test_weights_are_the_averaged_ones(model, averaged_run):
    checkpoint = load_checkpoint_file(averaged_run / 'epoch_2.pth')
    raw = checkpoint['ema_state_dict']['module.head.fc.weight']
    assert model.model.head.fc.weight.equal(checkpoint['state_dict']['head.fc.weight'])
    assert (model.model.head.fc.weight - raw).abs().max() > 1e-2


def test_what_the_checkpoint_tells_of_the_classes(model):
    assert model.class_names == tuple('0123456789')
    assert model.class_counts == (134, 86, 56, 36, 23, 15, 9, 6, 4, 2)
    assert 'epoch_2.pth, 10 classes, on cpu' in repr(model)


def test_random_streams_are_left_alone(averaged_run):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    lt.load_model(averaged_run, device='cpu')
    assert torch.rand(1) == expected


def test_a_recipe_gives_its_final_classifier(recipe_run, digits_folder):
    model = lt.load_model(recipe_run, device='cpu')
    assert type(model.model.head).__name__ == 'NearestClassMeanHead'
    with np.load(recipe_run / 'classifier' / 'test' / 'predictions.npz') as arrays:
        expected = arrays['pred_label'][np.argsort(arrays['gt_label'], kind='stable')]
    assert model.predict(digits_folder).pred_label.tolist() == expected.tolist()
    features = lt.load_model(recipe_run, stage='features', device='cpu')
    assert type(features.model.head).__name__ == 'LinearClsHead'
    again = lt.load_model(recipe_run / 'features', device='cpu')
    assert again.model.head.fc.weight.equal(features.model.head.fc.weight)


def test_heads_that_need_class_counts_get_them(averaged_run, recipe_run, tmp_path):
    config = Config.fromfile(ROOT / 'configs/ce/ce_cifar-resnet20_60e_digits-lt.py')
    config.model.head = dict(type='ltplug.LogitAdjustedLinearClsHead', num_classes=10,
                             in_channels=64)
    checkpoint = recipe_run / 'features' / 'epoch_2.pth'
    model = lt.load_model(config, checkpoint, device='cpu')
    assert model.model.head.class_counts == [134, 86, 56, 36, 23, 15, 9, 6, 4, 2]
    weights = load_checkpoint_file(checkpoint)['state_dict']
    torch.save({'state_dict': weights, 'meta': {}}, tmp_path / 'bare.pth')
    with pytest.raises(RuntimeError, match='needs the class counts and has none'):
        lt.load_model(config, tmp_path / 'bare.pth')


def test_names_come_from_checkpoint_else_config_else_labels(averaged_run, tmp_path):
    checkpoint = load_checkpoint_file(averaged_run / 'epoch_2.pth')
    config = Config.fromfile(LDAM)

    def names(dataset_meta) -> tuple[str, ...]:
        torch.save({'state_dict': checkpoint['state_dict'],
                    'meta': {'dataset_meta': dataset_meta}}, tmp_path / 'named.pth')
        return lt.load_model(config, tmp_path / 'named.pth', device='cpu').class_names

    assert names({'classes': list('abcdefghij')}) == tuple('abcdefghij')
    for useless in ({}, {'classes': list('abc')}, {'classes': 'abcdefghij'}, {'classes': 7}):
        assert names(useless) == Digits.METAINFO['classes']
    config.test_dataloader.dataset.metainfo = dict(classes=list('ABCDEFGHIJ'))
    assert names({}) == tuple('ABCDEFGHIJ')
    for key in ('test_dataloader', 'val_dataloader'):
        config[key].dataset = dict(type='ltplug.ImageListDataset', ann_file='x', pipeline=[
            dict(type='LoadImageFromFile'), dict(type='Resize', scale=16),
            dict(type='PackInputs')])
    config.pop('train_dataloader')
    assert names({}) == tuple(map(str, range(10)))


def test_nothing_in_a_checkpoint_is_run(averaged_run, tmp_path):
    class Hostile:
        def __reduce__(self):
            return (tmp_path.joinpath('harm').touch, ())

    shutil.copytree(averaged_run, tmp_path / 'run')
    for path in (tmp_path / 'run').glob('epoch_*.pth'):
        checkpoint = load_checkpoint_file(path)
        torch.save({**checkpoint, 'more': Hostile()}, path)
    with pytest.raises(UntrustedCheckpointError, match='--trust-checkpoint'):
        lt.load_model(tmp_path / 'run')
    assert not (tmp_path / 'harm').exists()
    assert lt.load_model(tmp_path / 'run', trust_checkpoint=True, device='cpu')


@pytest.mark.parametrize(('path', 'given', 'error', 'sentence'), [
    (LDAM, {}, ValueError, 'is a config and has no weights'),
    ('work_dirs/none', {}, FileNotFoundError, 'There is no work dir or checkpoint work_dirs/none'),
    (LDAM, dict(checkpoint='x.pth', stage='y'), ValueError, "stage='y' too"),
    (ROOT, dict(checkpoint='x.pth'), ValueError, 'goes with a config'),
    (LDAM, dict(checkpoint='absent.pth'), FileNotFoundError, 'There is no checkpoint absent.pth'),
    (ROOT / 'configs/simclr/simclr_cifar-resnet20_60e_digits-lt.py', dict(checkpoint='x.pth'),
     ValueError, 'SimCLR learns features and has no classifier: give the work dir of a recipe'),
    (LDAM, dict(checkpoint='x.pth', device='cuda:77'), ValueError, "no device 'cuda:77' here"),
    (LDAM, dict(checkpoint='x.pth', device='gpu'), ValueError, "no device 'gpu' here"),
])
def test_mistakes_are_told_in_a_sentence(path, given, error, sentence):
    with pytest.raises(error, match=sentence):
        lt.load_model(path, **given)


def test_another_config_is_refused(averaged_run):
    with pytest.raises(RuntimeError, match='fits .* of the .* tensors'):
        lt.load_model(ROOT / 'configs/ce/ce_cifar-resnet32_200e_cifar10-lt-ir100.py',
                      averaged_run / 'epoch_2.pth')


def test_a_config_that_tells_no_transforms(averaged_run):
    config = Config.fromfile(LDAM)
    config.test_dataloader = config.val_dataloader = None
    config.test_evaluator = config.val_evaluator = config.test_cfg = config.val_cfg = None
    with pytest.raises(ValueError, match='neither test_dataloader nor val_dataloader'):
        lt.load_model(config, averaged_run / 'epoch_2.pth')
