import numpy as np
import pytest
from mmengine.logging import MMLogger

from ltplug.datasets.samplers.class_index import ClassIndex

from .labelled import Labelled


@pytest.fixture
def log(tmp_path):
    """The file that the log goes to."""
    MMLogger.get_instance('class_index', logger_name='class_index',
                          log_file=str(tmp_path / 'run.log'))
    yield tmp_path / 'run.log'
    MMLogger._instance_dict.pop('class_index')


def test_images_are_found_whatever_the_order_of_labels():
    dataset = Labelled([0, 4, 2])
    dataset.labels = np.array([2, 1, 1, 2, 1, 1])
    index = ClassIndex(dataset)
    assert len(index) == 2
    assert index.classes.tolist() == [1, 2] and index.counts.tolist() == [4, 2]
    found = index.dataset_indices(np.array([[0], [1]]), np.array([0, 1]))
    assert found.tolist() == [[1, 2], [0, 3]]


def test_classes_without_images_are_said_once(log):
    dataset = Labelled([5, 0, 3, 0], names=('a', 'b', 'c', 'd'))
    for _ in range(3):
        assert ClassIndex(dataset).classes.tolist() == [0, 2]
    assert log.read_text().count('Classes [1, 3] have no training image') == 1


def test_many_classes_without_images_are_shortened(log):
    ClassIndex(Labelled([5], names=range(30)))
    assert '[1, 2, 3, 4, 5, 6, 7, 8, 9, 10] and 19 more have no' in log.read_text()


def test_unlabelled_images_are_refused():
    dataset = Labelled([3, 2])
    dataset.labels = dataset.labels - 1
    with pytest.raises(ValueError, match='has the label -1, but labels start at 0'):
        ClassIndex(dataset)
