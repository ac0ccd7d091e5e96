import numpy as np
from sklearn.metrics import confusion_matrix

from ltplug.ops import block_confusion, frequent_confusions


def test_single_classes_agree_with_scikit_learn():
    rng = np.random.default_rng(0)
    target, predicted = rng.integers(0, 5, (2, 300))
    order = rng.permutation(5)
    expected = confusion_matrix(target, predicted, normalize='true')[order][:, order]
    place = np.argsort(order)
    np.testing.assert_allclose(block_confusion(target, predicted, place), 100 * expected)


def test_blocks_join_classes():
    found = block_confusion(np.array([0, 1, 1, 3]), np.array([1, 0, 3, 3]), np.array([0, 0, 1, 2]))
    np.testing.assert_allclose(found, [[200 / 3, 0, 100 / 3], [np.nan] * 3, [0, 0, 100]])


def test_most_frequent_confusions():
    target, predicted = np.array([0, 0, 1, 1, 2, 2, 2]), np.array([1, 1, 0, 1, 0, 2, 1])
    assert frequent_confusions(target, predicted, 3) == [(0, 1, 2), (1, 0, 1), (2, 0, 1)]
    assert frequent_confusions(target, target, 3) == []
