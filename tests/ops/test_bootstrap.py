import numpy as np
import pytest
from scipy.stats import bootstrap

from ltplug.ops import bootstrap_accuracies, interval_and_p_value


def test_spread_of_top1_agrees_with_scipy():
    rng = np.random.default_rng(0)
    values = rng.choice([-1.0, 0.0, 1.0], 400, p=[0.1, 0.6, 0.3])
    draws = bootstrap_accuracies(values[None], rng.integers(0, 4, 400), {})['top1'][:, 0]
    expected = bootstrap((values, ), np.mean, n_resamples=4000, rng=1, method='percentile')
    low, high, p_value = interval_and_p_value(draws)
    assert [low, high] == pytest.approx(expected.confidence_interval, abs=0.006)
    assert draws.std(ddof=1) == pytest.approx(expected.standard_error, rel=0.06)
    assert p_value == pytest.approx(2 / 2001)


def test_groups_are_means_of_the_classes_that_are_drawn():
    """Class 0 has one image, which is right; of class 1 half are; class 2 is not tested."""
    values, labels = np.array([[1.0] + [0.0, 1.0] * 50]), np.array([0] + [1] * 100)
    groups = {'one': [0], 'both': [0, 1], 'none': [2]}
    draws = bootstrap_accuracies(values, labels, groups, 400)
    assert set(draws) == {'top1', 'mean_class', 'one', 'both'}
    missing = np.isnan(draws['one'][:, 0])
    assert 0.27 < missing.mean() < 0.47, 'about 1/e of the draws lack a single image'
    assert np.nanmin(draws['one']) == 1
    assert draws['both'][~missing].mean() == pytest.approx(0.75, abs=0.01)
    assert draws['both'][missing].mean() == pytest.approx(0.5, abs=0.02)
    np.testing.assert_array_equal(draws['both'], draws['mean_class'])


def test_rows_see_the_same_draws():
    values, labels = np.random.default_rng(0).random((3, 60)), np.arange(60) % 7
    values[2] = values[0] - values[1]
    draws = bootstrap_accuracies(values, labels, {'some': [1, 2]}, 50)
    for found in draws.values():
        np.testing.assert_allclose(found[:, 2], found[:, 0] - found[:, 1])
    again = bootstrap_accuracies(values, labels, {'some': [1, 2]}, 50)
    assert all((again[name] == found).all() for name, found in draws.items())
    other = bootstrap_accuracies(values, labels, {'some': [1, 2]}, 50, seed=1)
    assert not np.array_equal(other['top1'], draws['top1'])


def test_p_values():
    assert interval_and_p_value(np.zeros(99))[2] == 1
    low, high, p_value = interval_and_p_value(np.r_[np.full(98, 1.0), -1.0, np.nan])
    assert (low, high) == (1, 1) and p_value == pytest.approx(2 * 2 / 100)
