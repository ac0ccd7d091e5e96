import json

import cv2
import numpy as np
import pytest
from mmengine.config import Config

import ltplug.apis as lt

from .conftest import LDAM


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


@pytest.mark.parametrize(('given', 'sentence'), [
    (dict(batch_size=0), 'batch_size must be at least 1, got 0'),
    (dict(topk=0), 'topk must be at least 1'), (dict(num_workers=-1), 'num_workers must be'),
])
def test_arguments_out_of_range(model, digits_folder, given, sentence):
    with pytest.raises(ValueError, match=sentence):
        model.predict(digits_folder, **given)
