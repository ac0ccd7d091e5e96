"""Plots of the report: what is drawn is there, and large tables stay readable."""

import cv2
import numpy as np
import pytest

from ltplug.visualization import plot_confusion, plot_curves, plot_reliability


def near(image, colour):
    return (np.abs(image.astype(int) - colour).sum(axis=2) < 30).sum()


@pytest.mark.parametrize(('num_classes', 'size'), [(4, 4), (900, 30)])
def test_confusion_is_bright_on_the_diagonal(tmp_path, num_classes, size):
    matrix = np.where(np.eye(size) > 0, 100.0, 0.0)
    matrix[0] = np.nan
    path = plot_confusion(matrix, np.arange(num_classes), tmp_path / 'new' / 'plot.png',
                          [f'class {i}' for i in range(num_classes)],
                          {'many': [0], 'few': np.arange(1, num_classes)})
    image = cv2.imread(str(path))
    yellow = near(image[:, :int(0.7 * image.shape[1])], [70, 234, 253])
    cell = (image.shape[0] * image.shape[1]) * 0.6 / size**2
    assert 0.4 * cell * (size - 1) < yellow < 1.6 * cell * (size - 1)


def test_a_panel_for_each_group(tmp_path):
    bins = {'ece': 10.0, 'counts': [0, 3, 7], 'confidence': [np.nan, 0.5, 0.9],
            'accuracy': [np.nan, 0.4, 0.8]}
    narrow = cv2.imread(str(plot_reliability({'all': bins}, tmp_path / 'a.png')))
    wide = cv2.imread(str(plot_reliability({'all': bins, 'few': bins}, tmp_path / 'b.png')))
    assert wide.shape[1] == 2 * narrow.shape[1]
    assert near(narrow, [0xB2, 0x72, 0x00]) > 100 and near(wide, [0x00, 0x5E, 0xD5]) > 100


def test_curves_fill_rows_of_three(tmp_path):
    def panel(lines):
        return {'title': 'Loss', 'unit': 'Epoch', 'lines': lines}

    lines = {'a': {3: 1.0, 1: 3.0, 2: 2.0}, 'b': {1: np.nan, 2: 5.0}}
    one = cv2.imread(str(plot_curves([panel(lines)], tmp_path / 'a.png')))
    four = cv2.imread(str(plot_curves([panel(lines)] * 4, tmp_path / 'b.png')))
    assert four.shape[1] == 3 * one.shape[1] and four.shape[0] == 2 * one.shape[0]
    assert near(one, [0xB2, 0x72, 0x00]) > 100
