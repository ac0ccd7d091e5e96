import cv2
import numpy as np

from ltplug.visualization import plot_embedding, plot_embeddings, tsne


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


def test_tsne_keeps_classes_together():
    rng = np.random.default_rng(0)
    features = np.concatenate([rng.normal(0, 0.1, (20, 5)), rng.normal(9, 0.1, (20, 5))])
    points = tsne(features, seed=1)
    centres = points[:20].mean(axis=0), points[20:].mean(axis=0)
    spread = np.abs(points[:20] - centres[0]).max()
    assert points.shape == (40, 2) and np.linalg.norm(centres[0] - centres[1]) > spread
    np.testing.assert_array_equal(points, tsne(features, seed=1))
