import cv2
import numpy as np

from ltplug.visualization import plot_gradient_ratios


def test_ratios_stand_over_the_size_of_their_class(tmp_path):
    counts = [10, 1000, 100]
    falling = {'SCL': {'trained': np.array([0.5, 0.005, np.nan])}}
    path = plot_gradient_ratios(falling, {'SCL': np.array([0.5, 0.005, 0.05])}, counts,
                                tmp_path / 'new' / 'plot.png')
    image = cv2.imread(str(path)).astype(int)[:, :900]
    rows, columns = np.nonzero(np.abs(image - [0xB2, 0x72, 0x00]).sum(axis=2) < 40)
    assert len(rows) > 200
    left, right = columns < np.quantile(columns, 0.2), columns > np.quantile(columns, 0.8)
    assert rows[left].mean() < rows[right].mean() - 100, 'the smaller class has the larger ratio'
