import numpy as np
import pytest

from ltplug.ops import curve_differences, smooth_curves


def test_a_window_looks_back():
    curves = np.random.default_rng(0).normal(size=(2, 7))
    expected = [[curve[max(i - 2, 0):i + 1].mean() for i in range(7)] for curve in curves]
    np.testing.assert_allclose(smooth_curves(curves, 3), expected)
    np.testing.assert_allclose(smooth_curves(curves, 1), curves)
    np.testing.assert_allclose(smooth_curves(curves, 100)[:, -1], curves.mean(axis=1))
    with pytest.raises(ValueError, match='window must be at least 1, got 0'):
        smooth_curves(curves, 0)


def test_differences_of_ways_and_of_seeds():
    seeds = np.array([[0.0, 2.0], [1.0, 2.0], [3.0, 2.0]])
    other = seeds + [[0.0, 0.0], [0.0, -3.0], [0.0, 3.0]]
    difference, between_seeds = curve_differences(seeds, other)
    assert difference == pytest.approx(1.0)
    assert between_seeds == pytest.approx((1 + 3 + 2) / 2 / 3)
    assert np.isnan(curve_differences(seeds[:1], other[:1])[1])
    with pytest.raises(ValueError, match=r'two arrays \[S, T\]'):
        curve_differences(seeds, other[:2])
