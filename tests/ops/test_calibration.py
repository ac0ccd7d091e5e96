import numpy as np
import pytest

from ltplug.ops import expected_calibration_error, reliability_bins


def test_bins_of_a_hand_made_case():
    confidence = np.array([0.2, 0.1, 0.5, 0.6, 0.61, 1.0])
    correct = np.array([True, False, True, True, False, True])
    counts, means, accuracy = reliability_bins(confidence, correct, num_bins=5)
    assert counts.tolist() == [2, 0, 2, 1, 1], 'upper bounds belong to their bin'
    np.testing.assert_allclose(means, [0.15, np.nan, 0.55, 0.61, 1.0])
    np.testing.assert_allclose(accuracy, [0.5, np.nan, 1.0, 0.0, 1.0])
    # (2 * 0.35 + 2 * 0.45 + 1 * 0.61 + 1 * 0) / 6
    assert expected_calibration_error(confidence, correct, 5) == pytest.approx(2.21 / 6)


def test_a_calibrated_classifier_has_a_small_error():
    rng = np.random.default_rng(0)
    confidence = rng.random(200_000)
    assert expected_calibration_error(confidence, rng.random(200_000) < confidence) < 0.01
    assert expected_calibration_error(np.ones(10), np.arange(10) < 3) == pytest.approx(0.7)
    assert expected_calibration_error(np.zeros(4), np.zeros(4)) == 0


@pytest.mark.parametrize('bad', [-0.1, 1.5, np.nan])
def test_other_scores_are_refused(bad):
    with pytest.raises(ValueError, match='from 0 to 1'):
        reliability_bins(np.array([0.5, bad]), np.array([True, True]))
