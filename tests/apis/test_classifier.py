import json
import shutil

import cv2
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


def of_test(run) -> dict:
    """Return what tools/test.py has written of every test digit, sorted by class."""
    with np.load(run / 'test' / 'predictions.npz') as arrays:
        order = np.argsort(arrays['gt_label'], kind='stable')
        return {key: arrays[key][order] for key in ('gt_label', 'pred_label', 'confidence')}


def test_a_folder_gets_the_predictions_of_the_test(model, averaged_run, digits_folder):
    predictions, expected = model.predict(digits_folder, batch_size=48), of_test(averaged_run)
    assert predictions.pred_label.tolist() == expected['pred_label'].tolist()
    np.testing.assert_allclose(predictions.pred_score, expected['confidence'], atol=1e-5)
    metrics = lt.group_metrics(predictions, 'folders')
    results = json.loads((averaged_run / 'test' / 'results.json').read_text())['metrics']
    for name in ('top1', 'many', 'medium', 'few', 'mean_class', 'worst_class'):
        assert metrics[name] == pytest.approx(results[f'group_accuracy/{name}'])
    assert predictions.failed == {} and not model.model.training


def test_weights_are_the_averaged_ones(model, averaged_run):
    checkpoint = load_checkpoint_file(averaged_run / 'epoch_2.pth')
    raw = checkpoint['ema_state_dict']['module.head.fc.weight']
    assert model.model.head.fc.weight.equal(checkpoint['state_dict']['head.fc.weight'])
    assert (model.model.head.fc.weight - raw).abs().max() > 1e-2


def test_what_the_checkpoint_tells_of_the_classes(model):
    assert model.class_names == tuple('0123456789')
    assert model.class_counts == (134, 86, 56, 36, 23, 15, 9, 6, 4, 2)
    assert 'epoch_2.pth, 10 classes, on cpu' in repr(model)


def test_batch_size_workers_and_kind_of_image_change_nothing(model, digits_folder):
    paths = sorted(digits_folder.glob('*/*.png'))[::40]
    digits = [cv2.imread(str(path)) for path in paths]
    expected = model.predict(paths, topk=None)
    for predictions in (
            model.predict(paths, topk=None, batch_size=3),
            model.predict(map(str, paths), topk=None, num_workers=2, batch_size=4),
            model.predict(digits, topk=None, channel_order='bgr'),
            model.predict(np.stack(digits), topk=None, channel_order='rgb')):
        assert predictions.labels.tolist() == expected.labels.tolist()
        np.testing.assert_allclose(predictions.scores, expected.scores, atol=1e-5)
    assert expected.scores.shape == (10, 10)
    np.testing.assert_allclose(expected.scores.sum(axis=1), 1, atol=1e-5)
    assert (np.diff(expected.scores) <= 0).all()
    top = model.predict(paths, topk=3)
    assert top.labels.tolist() == expected.labels[:, :3].tolist()


def test_images_that_cannot_be_read_do_not_stop_the_others(model, digits_folder, tmp_path):
    good = sorted(digits_folder.glob('*/*.png'))[:5]
    cut, text = tmp_path / 'cut.jpg', tmp_path / 'text.png'
    cut.write_bytes(cv2.imencode('.jpg', cv2.imread(str(good[0])))[1].tobytes()[:-40])
    text.write_text('no image')
    paths = [*good[:2], cut, *good[2:4], text, tmp_path / 'absent.png', good[4]]
    for workers in (0, 2):
        predictions = model.predict(paths, batch_size=3, num_workers=workers)
        assert predictions.failed.keys() == {str(path) for path in (cut, text, paths[6])}
        assert 'truncated' in predictions.failed[str(cut)]
        assert predictions.failed[str(paths[6])] == 'No such file or directory'
        kept = [0, 1, 3, 4, 7]
        assert predictions.labels[kept].tolist() == model.predict(good).labels.tolist()
        assert [number for number in range(8) if predictions[number].error] == [2, 5, 6]
    with pytest.raises(RuntimeError, match=r'None of the 2 images .*cut.jpg: image file is tr'):
        model.predict([cut, text])


def test_a_stream_reads_no_further_than_a_batch(model, digits_folder, monkeypatch):
    read, reader = [], model.reader

    def count(*args):
        read.append(args)
        return reader(*args)

    monkeypatch.setattr(model, 'reader', count)
    stream = model.stream(digits_folder, batch_size=7)
    assert not read
    first = next(stream)
    assert len(read) == 7 and first.image.endswith('0/001.png')
    assert [next(stream) for _ in range(7)][-1].folder == '0' and len(read) == 14


def test_images_of_other_sizes(model):
    rng = np.random.default_rng(0)
    shapes = (16, 16), (200, 30), (31, 64)
    pictures = [rng.integers(0, 255, (*shape, 3), np.uint8) for shape in shapes]
    assert len(model.predict(pictures, channel_order='rgb')) == 3
    # where nothing resizes, images of one size go together
    config = Config.fromfile(LDAM)
    files = dict(type='CustomDataset', pipeline=[dict(type='LoadImageFromFile'),
                                                 dict(type='PackInputs')])
    config.test_dataloader.dataset = files
    config.train_dataloader.dataset.dataset.pipeline = [dict(type='PackInputs')]
    free = lt.load_model(config, model.checkpoint, device='cpu')
    assert free.reader.input_shape is None
    predictions = free.predict([*pictures, *pictures], channel_order='rgb', topk=None)
    assert predictions.labels[:3].tolist() == predictions.labels[3:].tolist()
    alone = [free.predict(each, channel_order='rgb', topk=None) for each in pictures]
    np.testing.assert_allclose(predictions.scores[:3], np.concatenate(
        [each.scores for each in alone]), atol=1e-5)


def test_random_streams_are_left_alone(averaged_run):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    lt.load_model(averaged_run, device='cpu')
    assert torch.rand(1) == expected


@pytest.mark.parametrize(('given', 'sentence'), [
    (dict(batch_size=0), 'batch_size must be at least 1, got 0'),
    (dict(topk=0), 'topk must be at least 1'), (dict(num_workers=-1), 'num_workers must be'),
])
def test_arguments_out_of_range(model, digits_folder, given, sentence):
    with pytest.raises(ValueError, match=sentence):
        model.predict(digits_folder, **given)


def test_a_recipe_gives_its_final_classifier(recipe_run, digits_folder):
    model = lt.load_model(recipe_run, device='cpu')
    assert type(model.model.head).__name__ == 'NearestClassMeanHead'
    expected = of_test(recipe_run / 'classifier')
    assert model.predict(digits_folder).pred_label.tolist() == expected['pred_label'].tolist()
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
