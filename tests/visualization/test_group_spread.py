import cv2
import numpy as np

from ltplug.visualization import plot_group_spread


def test_methods_stand_side_by_side(tmp_path):
    path = plot_group_spread({'CE': {'many': [90, 91, 92], 'few': [10, 11, 12]},
                              'LDAM': {'many': [80], 'few': [30]}}, tmp_path / 'new' / 'plot.png')
    image = cv2.imread(str(path)).astype(int)
    image[:45] = 255  # the legend
    places = []
    for colour in ([0xB2, 0x72, 0x00], [0x00, 0x5E, 0xD5]):
        rows, columns = np.nonzero(np.abs(image - colour).sum(axis=2) < 20)
        assert len(rows) > 50
        left = columns < image.shape[1] / 2
        places.append((rows[left].mean(), rows[~left].mean(), columns[left].mean()))
    (ce_many, ce_few, ce_x), (ldam_many, ldam_few, ldam_x) = places
    assert ce_many < ldam_many < ldam_few < ce_few and ce_x < ldam_x
