import cv2
import numpy as np
import pytest

from ltplug.visualization import plot_class_distribution


@pytest.mark.parametrize('counts', [[5], [3, 0, 900, 1], np.arange(2000)])
def test_a_picture_is_written(tmp_path, counts):
    path = plot_class_distribution(counts, tmp_path / 'new' / 'plot.png',
                                   [f'class {i}' for i in range(len(counts))],
                                   {'many': np.flatnonzero(np.asarray(counts) > 100)})
    image = cv2.imread(str(path)).astype(int)
    assert image.shape[1] > image.shape[0] > 500
    assert (np.abs(image - [0xB2, 0x72, 0x00]).sum(axis=2) < 20).sum() > 1000
