import numpy as np
import pytest

from ltplug.apis import Prediction, Predictions, group_metrics
from ltplug.apis.class_facts import ClassFacts
from ltplug.evaluation import GroupAccuracy

COUNTS = (300, 50, 5)
NAMES = ('cat', 'dog', 'owl')


def predictions(labels, folders=None, **facts) -> Predictions:
    folders = folders or [None] * len(labels)
    rows = [Prediction(f'{number}.png', (label, ), (NAMES[label], ), (0.5, ), folder)
            if label >= 0 else Prediction(f'{number}.png', error='broken', folder=folder)
            for number, (label, folder) in enumerate(zip(labels, folders, strict=True))]
    return Predictions(rows, ClassFacts(NAMES, COUNTS, **facts))


def test_labels_may_be_numbers_names_or_folders():
    folders = ['cat', 'cat', 'dog', 'owl', 'owl', 'dog']
    given = predictions([0, 1, 1, 2, 0, -1], folders)
    expected = GroupAccuracy.calculate([0, 1, 1, 2, 0], [0, 0, 1, 2, 2], COUNTS)
    for labels in (folders, [0, 0, 1, 2, 2, 1], np.array([0, 0, 1, 2, 2, 1]), 'folders'):
        metrics = group_metrics(given, labels)
        assert metrics.pop('per_class').tolist() == expected['per_class'].tolist()
        assert metrics == {key: expected[key] for key in expected if key != 'per_class'}
    assert (metrics['many'], metrics['medium'], metrics['few']) == (50, 100, 50)


def test_printed_they_are_the_table():
    text = str(group_metrics(predictions([0, 1, 2]), [0, 1, 1]))
    assert 'Accuracy by class frequency' in text and 'worst class dog (50.00)' in text
    assert '300' in text and 'Few' not in text, 'no owl was tested'


def test_groups_of_the_config_can_be_replaced():
    given = predictions([0, 1, 2], groups='tertile')
    assert 'rare' in group_metrics(given, [0, 1, 2])
    assert 'few' in group_metrics(given, [0, 1, 2], groups='shot')
    assert 'many' not in group_metrics(given, [0, 1, 2], [20, 10, 5], groups='shot')
    assert 'medium' in group_metrics(given, [0, 1, 2], [20, 10, 5], 'shot', 'strict')
    assert 'medium' not in group_metrics(given, [0, 1, 2], [19, 10, 5], 'shot')
    assert group_metrics(given, [0, 1, 2], groups={'pets': [0, 1]})['pets'] == 100


def test_scores_and_labels_of_anything():
    scores = np.eye(3)[[0, 1, 2, 2]]
    assert group_metrics(scores, [0, 1, 2, 1], COUNTS)['medium'] == 50
    assert group_metrics([0, 1, 2, 2], [0, 1, 2, 1], COUNTS)['medium'] == 50


@pytest.mark.parametrize(('given', 'labels', 'more', 'sentence'), [
    (predictions([0, 1]), [0], {}, 'Got 1 labels for 2 images'),
    (predictions([0, 1]), ['cat', 'cow'], {}, r"'cow' is none of the 3 classes .*cat, dog, owl"),
    (predictions([0, 1]), 'folders', {}, '0.png lies in none'),
    (predictions([0], ['val']), 'folders', {}, "'val' is none of the 3 classes"),
    (predictions([0]), 'names', {}, "or 'folders', got 'names'"),
    ([0, 1], 'folders', dict(class_counts=COUNTS), 'needs what model.predict gives'),
    ([0, 1], [0, 1], {}, r'pass class_counts=\[...\]'),
    (predictions([-1]), [0], {}, 'at least one'),
])
def test_mistakes(given, labels, more, sentence):
    with pytest.raises(ValueError, match=sentence):
        group_metrics(given, labels, **more)
