import csv
import json

import numpy as np
import pytest

from ltplug.apis import Prediction, Predictions
from ltplug.apis.class_facts import ClassFacts
from ltplug.apis.predictions import write_predictions

FACTS = ClassFacts(('cat', 'dog', 'a "b", c'), (9, 5, 1))
ROWS = [
    Prediction('x/1.png', (2, 0), ('a "b", c', 'cat'), (0.75, 0.2), folder='x'),
    Prediction('x/\udcff.png', error='image file is truncated', folder='x'),
    Prediction('2.png', (1, 2), ('dog', 'a "b", c'), (0.5, 0.123456789)),
]


@pytest.fixture
def predictions():
    return Predictions(iter(ROWS), FACTS)


def test_they_are_a_sequence_of_what_came(predictions):
    for number, (given, got) in enumerate(zip(ROWS, predictions, strict=True)):
        assert (got.image, got.labels, got.classes, got.error, got.folder) == (
            given.image, given.labels, given.classes, given.error, given.folder)
        np.testing.assert_allclose(got.scores, given.scores, rtol=1e-6)
        assert predictions[number - 3] == got
    assert [each.image for each in predictions[1:]] == ['x/\udcff.png', '2.png']
    assert repr(predictions) == 'Predictions(3 images, 1 failed)'
    with pytest.raises(IndexError):
        predictions[3]


def test_arrays(predictions):
    assert predictions.labels.tolist() == [[2, 0], [-1, -1], [1, 2]]
    assert predictions.pred_label.tolist() == [2, -1, 1]
    assert predictions.pred_class == ['a "b", c', None, 'dog']
    assert np.isnan(predictions.scores[1]).all() and np.isfinite(predictions.scores[[0, 2]]).all()
    assert np.isnan(predictions.pred_score).tolist() == [False, True, False]
    assert predictions.failed == {'x/\udcff.png': 'image file is truncated'}
    first, failed = predictions[0], predictions[1]
    assert (first.pred_label, first.pred_class, first.pred_score) == (2, 'a "b", c', 0.75)
    assert (failed.pred_label, failed.pred_class, failed.pred_score) == (None, None, None)
    assert predictions[1:2].pred_label.tolist() == [-1] and len(predictions[3:]) == 0


def test_a_table(predictions, tmp_path):
    path = predictions.save(tmp_path / 'new' / 'out.csv')
    with open(path, encoding='utf-8', errors='surrogateescape', newline='') as file:
        header, *rows = csv.reader(file)
    assert header == ['image', 'pred_class', 'pred_label', 'pred_score', 'class_2', 'score_2',
                      'error']
    assert rows == [
        ['x/1.png', 'a "b", c', '2', '0.75', 'cat', '0.2', ''],
        ['x/\udcff.png', '', '', '', '', '', 'image file is truncated'],
        ['2.png', 'dog', '1', '0.5', 'a "b", c', '0.123457', '']]


def test_json(predictions, tmp_path):
    path = predictions.save(tmp_path / 'out.json')
    first, failed, last = json.loads(path.read_text(encoding='utf-8', errors='surrogateescape'))
    assert first == {'image': 'x/1.png', 'pred_class': 'a "b", c', 'pred_label': 2,
                     'pred_score': 0.75, 'topk': [
                         {'class': 'a "b", c', 'label': 2, 'score': 0.75},
                         {'class': 'cat', 'label': 0, 'score': 0.2}]}
    assert failed == {'image': 'x/\udcff.png', 'error': 'image file is truncated'}
    assert last['topk'][1]['score'] == 0.123457


def test_a_file_is_whole_or_not_there(tmp_path):
    def broken():
        yield ROWS[0]
        raise KeyboardInterrupt

    for ending in ('.csv', '.json'):
        with pytest.raises(KeyboardInterrupt):
            write_predictions(broken(), tmp_path / f'out{ending}', 2)
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match=r'as .csv or .json, not as .*out.xlsx'):
        write_predictions(broken(), tmp_path / 'out.xlsx', 2)
