import cv2
import numpy as np
import pytest

from ltplug.visualization import plot_image_groups

RED, BLUE = (200, 0, 0), (0, 0, 200)


def rows_of(picture, colour):
    return np.unique(np.nonzero(np.abs(picture - np.array(colour)).sum(axis=2) < 30)[0])


@pytest.mark.parametrize('size', [(8, 8), (300, 20)])
def test_images_stand_in_the_block_of_their_group(size, tmp_path):
    images = [np.full((*size, 3), colour, dtype=np.uint8) for colour in [BLUE, RED, BLUE] * 20]
    labels = np.array([2, 0, 1] * 20)
    path = plot_image_groups(images, labels, {'frequent': [0], 'medium': [3], 'rare': [1, 2]},
                             tmp_path / 'new' / 'grid.png')
    picture = cv2.imread(str(path))[..., ::-1].astype(int)
    red, blue = rows_of(picture, RED), rows_of(picture, BLUE)
    assert 0 < len(red) < len(blue) and red.max() < blue.min()


def test_titles_have_the_numbers(tmp_path, monkeypatch):
    titles = []
    monkeypatch.setattr('matplotlib.axes.Axes.set_title',
                        lambda self, title, **options: titles.append(title))
    images = [np.zeros((4, 4, 3), dtype=np.uint8)] * 5
    plot_image_groups(images, np.array([1, 0, 1, 1, 0]), {'frequent': [1, 0], 'rare': [2]},
                      tmp_path / 'grid.png', ['bird', 'frog', 'dog'])
    assert titles == ['Frequent (5): frog (3), bird (2)', 'Rare (0)']
