import pickle
import time

import cv2
import numpy as np
import pytest

from ltplug.datasets import ImageListDataset, LongTailSubset, class_counts, gt_labels
from ltplug.datasets.image_list import read_image_list, write_image_list
from ltplug.registry import DATASETS


@pytest.fixture
def write_list(tmp_path):
    """Write a list, and a small image for every path that it names."""

    def write(lines, images=None):
        (tmp_path / 'list.txt').write_text(''.join(f'{line}\n' for line in lines))
        for number, line in enumerate(lines):
            path = tmp_path / (images[number] if images else line.rpartition(' ')[0])
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), np.full((8, 8, 3), number * 10, np.uint8))
        return dict(ann_file='list.txt', data_root=str(tmp_path))

    return write


def test_images_follow_the_list(write_list):
    arguments = write_list(['a b/3.png 2', 'x.png 0', 'a b/1.png 2'])
    dataset = DATASETS.build(dict(type='ltplug.ImageListDataset', num_classes=4,
                                  pipeline=[dict(type='LoadImageFromFile')], **arguments))
    assert gt_labels(dataset).tolist() == [2, 0, 2]
    assert class_counts(dataset).tolist() == [1, 0, 2, 0]
    assert [dataset[i]['img'].max() for i in range(3)] == [0, 10, 20]
    copy = pickle.loads(pickle.dumps(dataset))
    assert copy[1]['gt_label'] == 0


@pytest.mark.parametrize(('rewrite', 'line', 'expected'), [
    ('imagenet_flat_val', 'val/n01440764/ILSVRC2012_val_00000293.JPEG',
     'val/ILSVRC2012_val_00000293.JPEG'),
    ('imagenet_flat_val', 'train/n01440764/n01440764_10026.JPEG',
     'train/n01440764/n01440764_10026.JPEG'),
    ('places_to_data_256', 'train/airfield/00004851.jpg', 'data_256/a/airfield/00004851.jpg'),
    ('places_to_data_256', 'train/basketball_court-indoor/00000001.jpg',
     'data_256/b/basketball_court/indoor/00000001.jpg'),
    ('places_to_data_256', 'val/airfield/Places365_val_00000435.jpg',
     'val_256/Places365_val_00000435.jpg'),
    ('places_to_train', 'data_256/a/airfield/00004851.jpg', 'train/airfield/00004851.jpg'),
    ('places_to_train', 'data_256/b/basketball_court/indoor/00000001.jpg',
     'train/basketball_court-indoor/00000001.jpg'),
    ({'data_256/a/': 'A/', 'data_256/': 'B/'}, 'data_256/a/airfield/1.jpg', 'A/airfield/1.jpg'),
    ({'data_256/a/': 'A/', 'data_256/': 'B/'}, 'data_256/b/bar/1.jpg', 'B/b/bar/1.jpg'),
    ([(r'\.JPEG$', '.jpg'), ('^old', 'new')], 'old/old.JPEG', 'new/old.jpg'),
])
def test_paths_are_rewritten(write_list, rewrite, line, expected):
    arguments = write_list([f'{line} 0'], images=[expected])
    dataset = ImageListDataset(path_rewrite=rewrite, **arguments)
    assert dataset.get_data_info(0)['img_path'].endswith('/' + expected)
    assert pickle.loads(pickle.dumps(dataset)).rewrites[0][0].pattern


def test_a_subset_can_be_drawn(write_list):
    lines = [f'{c}/{i}.png {c}' for c in range(3) for i in range(4)]
    subset = LongTailSubset(ImageListDataset(**write_list(lines)), imbalance_ratio=4)
    assert class_counts(subset).tolist() == [4, 2, 1]


@pytest.mark.parametrize(('lines', 'sentence'), [
    (['a.png 0', 'b.png cat'], r"Line 2 of .*list.txt must be a path.*got 'b.png cat'"),
    (['', 'b.png'], r"Line 2 of .*got 'b.png'"),
    (['a.png 1.5'], 'Line 1 of'),
    (['a.png 0', 'b.png -1'], r'gives b.png the label -1, but the labels of 1 classes run'),
    ([], 'names no image'),
])
def test_lines_of_another_form_are_named(write_list, tmp_path, lines, sentence):
    arguments = write_list([])
    (tmp_path / 'list.txt').write_text('\n'.join(lines))
    with pytest.raises(ValueError, match=sentence):
        ImageListDataset(**arguments)


@pytest.mark.parametrize(('arguments', 'sentence'), [
    (dict(num_classes=2), r'gives b.png the label 2, but the labels of 2 classes run from 0 to 1'),
    (dict(classes=['x', 'y', 'z'], num_classes=4), 'num_classes is 4, but 3 classes are named'),
    (dict(path_rewrite='places'), "must be one of imagenet_flat_val.*got 'places'"),
    (dict(path_rewrite=[('(', 'x')]), 'path_rewrite must be pairs'),
    (dict(path_rewrite=['abc']), 'path_rewrite must be pairs'),
])
def test_mistakes_are_told(write_list, arguments, sentence):
    files = write_list(['a.png 0', 'b.png 2'])
    with pytest.raises(ValueError, match=sentence):
        ImageListDataset(**files, **arguments)


@pytest.mark.parametrize(('line', 'source'), [
    ('train/n01440764/n01440764_10026.JPEG 0', 'image-net.org'),
    ('train/airfield/00004851.jpg 0', 'places2.csail.mit.edu'),
    ('train_val2018/Plantae/7477/3b60.jpg 0', 'visipedia/inat_comp'),
    ('mine.png 0', r'can change them\.$'),
])
@pytest.mark.parametrize('position', ['first', 'middle', 'last'])
def test_a_missing_image_says_what_to_fetch(write_list, line, source, position, tmp_path):
    before, after = {'first': (0, 2), 'middle': (1, 1), 'last': (2, 0)}[position]
    arguments = write_list(['a.png 0'] * before + [line] + ['b.png 0'] * after)
    (tmp_path / line[:-2]).unlink()
    with pytest.raises(FileNotFoundError, match=f'{line[:-2]}.*is not there.*{source}'):
        ImageListDataset(**arguments)


def test_a_missing_list_says_what_to_fetch():
    with pytest.raises(FileNotFoundError, match='Places_LT_train.txt in .*; the lists are linked'):
        ImageListDataset('data/Places_LT_train.txt')


def test_lists_are_written_as_they_are_read(tmp_path):
    write_image_list(tmp_path / 'list.txt', ['ä b.png', 'c.png'], np.array([3, 0]))
    assert read_image_list(str(tmp_path / 'list.txt')) == (['ä b.png', 'c.png'], [3, 0])


def test_a_list_as_long_as_imagenet_lts_takes_two_seconds(write_list, tmp_path):
    arguments = write_list(['train/n00000000/n00000000_0.JPEG 0'])
    line = 'train/n00000000/n00000000_0.JPEG {}\n'.format
    (tmp_path / 'list.txt').write_text(''.join(line(i % 1000) for i in range(115_846)))
    start = time.process_time()
    dataset = ImageListDataset(path_rewrite='imagenet_flat_val', **arguments)
    assert time.process_time() - start < 2
    assert len(dataset) == 115_846
