import cv2
import numpy as np
import pytest
from mmpretrain.datasets import CustomDataset

from ltplug.datasets import ImageFolderDataset, LongTailSubset, class_counts
from ltplug.evaluation import GroupAccuracy

COUNTS = {'17': 8, '3': 8, 'cat': 9, 'dog': 8}


def write_folder(root, counts):
    """Write images whose grey value is ten times the position of their class in COUNTS."""
    for name, count in counts.items():
        (root / name).mkdir(parents=True)
        for i in range(count):
            grey = 10 * list(COUNTS).index(name)
            cv2.imwrite(str(root / name / f'{i}.png'), np.full((8, 8, 3), grey, np.uint8))
    return str(root)


@pytest.fixture
def train(tmp_path):
    return write_folder(tmp_path / 'train', COUNTS)


PIPELINE = [dict(type='LoadImageFromFile')]


@pytest.mark.parametrize('dataset', [CustomDataset, ImageFolderDataset])
def test_names_with_gaps_make_labels_without(train, dataset):
    source = dataset(data_root=train, pipeline=PIPELINE)
    assert source.CLASSES == ('17', '3', 'cat', 'dog')
    assert class_counts(source).tolist() == [8, 8, 9, 8]
    subset = LongTailSubset(source, imbalance_ratio=8)
    assert class_counts(subset).tolist() == [8, 4, 2, 1]
    for index in range(len(subset)):
        sample = subset[index]
        assert sample['img'].max() == 10 * sample['gt_label']


def test_a_class_absent_in_validation_shifts_no_label(train, tmp_path):
    val = write_folder(tmp_path / 'val', {'17': 1, 'cat': 2, 'dog': 1})
    assert class_counts(CustomDataset(data_root=val)).tolist() == [1, 2, 1]  # the trap
    dataset = ImageFolderDataset(data_root=val, classes_from=train, test_mode=True,
                                 pipeline=PIPELINE)
    assert class_counts(dataset).tolist() == [1, 0, 2, 1]
    assert [dataset[i]['img'].max() for i in range(4)] == [0, 20, 20, 30]
    target = dataset.get_gt_labels()
    result = GroupAccuracy.calculate(target, target, np.array([200, 50, 30, 5]))
    assert np.isnan(result['per_class'][1])
    assert result['many'] == result['medium'] == result['few'] == 100


def test_given_classes_set_the_order_and_may_be_empty(train, tmp_path):
    names = ['dog', 'cat', 'bird', '3', '17']
    dataset = ImageFolderDataset(data_root=str(tmp_path), data_prefix='train', classes=names)
    assert class_counts(dataset).tolist() == [8, 9, 0, 8, 8]
    with pytest.raises(ValueError, match=r'Classes \[2\] of the source have no image'):
        LongTailSubset(dataset)


@pytest.mark.parametrize(('arguments', 'error', 'sentence'), [
    (dict(data_root='nowhere'), FileNotFoundError, 'no folder nowhere'),
    (dict(classes=['17', '3', 'cat']), ValueError, 'none of the 3 classes: dog'),
    (dict(classes=['a'], classes_from='b'), ValueError, 'either classes or classes_from'),
    (dict(extensions=('.jpg', )), FileNotFoundError, 'files must end in .jpg'),
    (dict(data_prefix='cat'), FileNotFoundError, 'cat has no subfolders'),
])
def test_mistakes_are_told(train, arguments, error, sentence):
    with pytest.raises(error, match=sentence):
        ImageFolderDataset(**{'data_root': train, **arguments})


def test_an_empty_folder_is_named_where_it_makes_a_class_too_many(train, tmp_path):
    (tmp_path / 'train' / '0').mkdir()
    with pytest.raises(ValueError, match='data have 5, with no image of 0: remove such classes'):
        class_counts(ImageFolderDataset(data_root=train), num_classes=4)


def test_a_relative_folder_that_is_not_there_is_told_with_its_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=f'There is no folder nowhere/ in {tmp_path}: it'):
        ImageFolderDataset(data_root='nowhere')
