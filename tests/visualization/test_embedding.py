import cv2
import numpy as np

from ltplug.visualization import plot_embedding, plot_embeddings


def test_a_panel_colours_its_group_alone(tmp_path):
    points = np.random.default_rng(0).normal(size=(400, 2))
    labels = np.repeat([0, 3], 200)
    points[labels == 3] += 8
    path = plot_embedding(points, labels, {'many': [0, 1], 'medium': [2], 'few': [3]},
                          tmp_path / 'new' / 'plot.png', list('abcd'))
    image = cv2.imread(str(path)).astype(int)
    panels = np.array_split(image, 2, axis=1)  # the medium classes have no points
    blue = [np.nonzero(np.abs(panel - [0xB2, 0x72, 0x00]).sum(axis=2) < 20) for panel in panels]
    assert all(len(rows) > 500 for rows, _ in blue)
    assert np.median(blue[0][1]) < np.median(blue[1][1]) - 100, 'the same map, other classes'


def test_maps_of_the_same_samples_stand_side_by_side(tmp_path):
    points = np.random.default_rng(0).normal(size=(400, 2))
    labels = np.repeat([3, 1], 200)
    points[labels == 1] += 8
    path = plot_embeddings({'one': points, 'other': -points}, labels, tmp_path / 'plot.png')
    image = cv2.imread(str(path)).astype(int)
    blue = [np.nonzero(np.abs(panel - [0xB2, 0x72, 0x00]).sum(axis=2) < 20)
            for panel in np.array_split(image, 2, axis=1)]
    assert all(len(rows) > 500 for rows, _ in blue), 'class 1 comes first in both'
    assert np.median(blue[0][1]) > np.median(blue[1][1]) + 100
