import cv2
import numpy as np
import pytest

from ltplug.visualization import plot_per_class_accuracy


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
