import cv2
import numpy as np
import pytest

from ltplug.visualization import plot_per_class, plot_per_class_accuracy


@pytest.mark.parametrize('num_classes', [1, 10, 2000])
def test_a_picture_is_written(tmp_path, num_classes):
    rng = np.random.default_rng(0)
    counts = rng.integers(1, 1000, num_classes)
    order = np.argsort(-counts, kind='stable')
    path = plot_per_class_accuracy(
        {'A': rng.random(num_classes) * 100, 'B': [None] + [50.0] * (num_classes - 1)}, counts,
        tmp_path / 'new' / 'plot.png', [f'class {i}' for i in range(num_classes)],
        {'many': order[:num_classes // 3], 'few': order[num_classes // 3:]})
    image = cv2.imread(str(path))
    assert image.shape[1] > image.shape[0] > 500
    blue = (np.abs(image.astype(int) - [0xB2, 0x72, 0x00]).sum(axis=2) < 20).sum()
    assert blue > 20, 'the first run is drawn in its colour'


@pytest.mark.parametrize('num_classes', [3, 500])
def test_bars_stand_on_zero(tmp_path, num_classes):
    half = num_classes // 2
    gains = np.r_[np.full(half, 20.0), np.full(num_classes - half, -20.0)]
    path = plot_per_class({'A': gains}, np.arange(num_classes, 0, -1), tmp_path / 'plot.png',
                          'Gain', bars=True)
    image = cv2.imread(str(path)).astype(int)
    image[:120] = 255  # the legend
    rows, columns = np.nonzero(np.abs(image - [0xB2, 0x72, 0x00]).sum(axis=2) < 60)
    left = columns < image.shape[1] * 0.35
    assert rows[left].mean() < rows[~left].mean() - 100, 'gains above, losses below'


def test_of_many_classes_means_are_drawn(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr('ltplug.visualization.per_class._draw_points',
                        lambda axes, x, heights, *rest: drawn.append((x, heights)))
    values = np.tile([0.0, 100.0, 50.0, np.nan], 500)
    plot_per_class({'A': values}, np.arange(2000, 0, -1), tmp_path / 'plot.png', 'Accuracy')
    places, heights = drawn[0]
    assert len(places) == 50 and places[0] == 19.5 and places[-1] == 1979.5
    np.testing.assert_allclose(heights, 50)
