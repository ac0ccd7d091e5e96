import os

import numpy as np
import pytest
from PIL import Image

from ltplug.datasets.find_images import find_images


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ('b.png', 'a.JPG', 'notes.txt', '.hidden.png', 'cats/10.png', 'cats/9.png',
                 'cats/sub/1.webp', 'dogs/1.png', '.cache/1.png', 'cats-2/1.png'):
        path = tmp_path / 'root' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)
    return 'root'


def test_a_folder_is_walked_in_one_order(folder):
    found = find_images(folder)
    assert [(source.name, source.folder) for source in found] == [
        ('root/a.JPG', None), ('root/b.png', None), ('root/cats/10.png', 'cats'),
        ('root/cats/9.png', 'cats'), ('root/cats/sub/1.webp', 'cats'),
        ('root/cats-2/1.png', 'cats-2'), ('root/dogs/1.png', 'dogs')]
    assert [source.image for source in found] == [source.name for source in found]


def test_links_are_followed_once(folder):
    os.symlink('cats', 'root/more')
    os.symlink('..', 'root/cats/back')
    names = [source.name for source in find_images(folder)]
    assert len(names) == 7 and sum('9.png' in name for name in names) == 1


def test_named_files_are_taken_whatever_their_ending_and_keep_their_order(folder):
    found = find_images(['root/dogs/1.png', 'root/notes.txt', 'root/cats', 'not/there.png'])
    assert [(source.name, source.folder) for source in found] == [
        ('root/dogs/1.png', 'dogs'), ('root/notes.txt', 'root'), ('root/cats/10.png', None),
        ('root/cats/9.png', None), ('root/cats/sub/1.webp', 'sub'), ('not/there.png', 'not')]


def test_pixels(tmp_path):
    one, many = np.zeros((4, 5, 3), np.uint8), np.zeros((2, 4, 5, 3), np.uint8)
    gray = np.zeros((4, 5), np.uint8)
    assert [source.name for source in find_images(many, 'rgb')] == ['image 0', 'image 1']
    for single in (one, gray, Image.new('L', (4, 4))):
        (source, ) = find_images(single, 'rgb')
        assert source.image is single and source.folder is None
    assert len(find_images((each for each in (one, gray, 'x.png')), 'bgr')) == 3


@pytest.mark.parametrize(('images', 'error', 'sentence'), [
    ('nowhere', FileNotFoundError, 'There is no file or folder nowhere'),
    ('root/.cache', FileNotFoundError, None),
    ([], FileNotFoundError, 'There is no image'),
    (np.zeros((4, 5, 3), np.uint8), ValueError, 'channel_order'),
    ([np.zeros((4, 5), np.uint8), 3.5], ValueError, 'one is float'),
    (3, ValueError, 'one is int'),
])
def test_what_is_no_image_is_told(images, error, sentence, folder):
    if sentence is None:  # a folder that is named itself is taken
        assert len(find_images(images)) == 1
        return
    with pytest.raises(error, match=sentence):
        find_images(images)
