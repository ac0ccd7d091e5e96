import copy
import pickle

import cv2
import numpy as np
import pytest
from mmpretrain.datasets import CustomDataset

from ltplug.datasets import BrokenImageError, DrawDataset, ImageFolderDataset, name_broken_images

PIPELINE = [dict(type='LoadImageFromFile'), dict(type='PackInputs')]


@pytest.fixture
def folder(tmp_path):
    """A folder of one class with a good, an empty and a cut image, in this order."""
    (tmp_path / 'cat').mkdir()
    noise = np.random.default_rng(0).integers(0, 255, (32, 32, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / 'cat/a.png'), noise)
    (tmp_path / 'cat/b.png').touch()
    (tmp_path / 'cat/c.png').write_bytes((tmp_path / 'cat/a.png').read_bytes()[:60])
    return tmp_path


@pytest.mark.parametrize('name', ['b', 'c'])
@pytest.mark.parametrize('copied', [
    lambda dataset: dataset, copy.copy, copy.deepcopy,
    lambda dataset: pickle.loads(pickle.dumps(dataset))])
def test_the_file_is_named(folder, name, copied):
    dataset = copied(DrawDataset(ImageFolderDataset(data_root=str(folder), pipeline=PIPELINE)))
    assert dataset[0]['inputs'].shape == (3, 32, 32)
    with pytest.raises(BrokenImageError, match=f'cat/{name}.png is no image that can be read .*: '
                                               'delete or replace it; .*inspect.py'):
        dataset['abc'.index(name)]


def test_a_dataset_stays_what_it_is(folder):
    dataset = CustomDataset(data_root=str(folder), pipeline=PIPELINE, test_mode=True)
    printed = repr(dataset)
    for _ in range(2):
        name_broken_images(dataset)
    assert isinstance(dataset, CustomDataset) and repr(dataset) == printed
    assert len(type(dataset).__mro__) == len(CustomDataset.__mro__) + 1, 'once'
    with pytest.raises(BrokenImageError, match=r'b\.png'):
        dataset[1]
    subset = dataset.get_subset([1])
    with pytest.raises(BrokenImageError, match=r'b\.png'):
        subset[0]
    name_broken_images([1, 2])  # nothing to do


def test_other_mistakes_keep_their_kind(folder):
    dataset = DrawDataset(ImageFolderDataset(
        data_root=str(folder), pipeline=[dict(type='RandomResizedCrop', scale=8), *PIPELINE]))
    with pytest.raises(KeyError, match='img'):
        dataset[0]
    dataset = DrawDataset(ImageFolderDataset(data_root=str(folder), pipeline=PIPELINE))
    (folder / 'cat/a.png').unlink()
    with pytest.raises(FileNotFoundError, match=r'a\.png'):
        dataset[0]
