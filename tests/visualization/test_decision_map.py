import cv2
import numpy as np
import pytest

from ltplug.visualization import decision_regions, plot_decision_map


@pytest.fixture
def blobs():
    points = np.random.default_rng(0).normal(size=(400, 2))
    points[200:, 0] += 8
    return points


def test_a_place_belongs_to_what_is_predicted_around_it(blobs):
    predictions = np.repeat([7, 2], 200)
    predictions[:5] = 2  # some of them do not decide
    regions = decision_regions(blobs, predictions, np.array([-1, 0, 4.2, 8]), np.array([0, 1]))
    assert regions[:, [0, 1, 3]].tolist() == [[7, 7, 2]] * 2
    assert decision_regions(blobs[:3], predictions[:3], np.array([0]), np.array([0])) == 2


def test_panels_show_their_samples_over_the_same_regions(blobs, tmp_path):
    labels = np.repeat([0, 3], 200)
    panels = {'one': (blobs[:200], labels[:200]), 'other': (blobs[200:], labels[200:])}
    path = plot_decision_map(panels, blobs, labels, tmp_path / 'new' / 'map.png', list('abcd'))
    image = cv2.imread(str(path)).astype(int)

    def near(panel, color):
        return (np.abs(panel - color[::-1]).sum(axis=2) < 20).sum()

    blue, orange = np.array([0x1F, 0x77, 0xB4]), np.array([0xFF, 0x7F, 0x0E])
    left, right = np.array_split(image, 2, axis=1)
    assert near(left, blue) > 1000 > near(right, blue)
    assert near(right, orange) > 1000 > near(left, orange)
    for panel in (left, right):
        for color in (blue, orange):
            assert near(panel, 255 - 0.18 * (255 - color)) > 20_000


def test_one_region_alone_has_no_boundary(blobs, tmp_path):
    path = plot_decision_map({'all': (blobs, np.repeat([0, 3], 200))}, blobs,
                             np.zeros(400, dtype=int), tmp_path / 'map.png')
    assert path.stat().st_size > 10_000
