"""Whether a classifier is right as often as it is sure."""

import numpy as np


def reliability_bins(confidence: np.ndarray, correct: np.ndarray,
                     num_bins: int = 15) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sort predictions into bins of confidence of equal width, (0, 1/B], ..., (1 - 1/B, 1].

    Guo et al., "On Calibration of Modern Neural Networks", 2017, section 2.

    Args:
        confidence (np.ndarray): Probability of the predicted class, float[N] in [0, 1].
        correct (np.ndarray): Whether the prediction is right, bool[N].
        num_bins (int): Bins B. Defaults to 15.

    Returns:
        tuple[np.ndarray, np.ndarray, np.ndarray]: Predictions in each bin int64[B], their mean
        confidence and their accuracy float64[B], in 0..1 and NaN in an empty bin.

    Raises:
        ValueError: If a confidence is no probability.
    """
    confidence = np.asarray(confidence, dtype=np.float64)
    if not ((confidence >= 0) & (confidence <= 1 + 1e-6)).all():
        raise ValueError('Calibration needs confidences from 0 to 1: let the head give '
                         'probabilities as pred_score.')
    place = np.clip(np.ceil(confidence * num_bins).astype(np.int64) - 1, 0, num_bins - 1)
    counts = np.bincount(place, minlength=num_bins)
    with np.errstate(invalid='ignore'):
        means = np.bincount(place, confidence, minlength=num_bins) / counts
        accuracy = np.bincount(place, np.asarray(correct, dtype=np.float64),
                               minlength=num_bins) / counts
    return counts, means, accuracy


def expected_calibration_error(confidence: np.ndarray, correct: np.ndarray,
                               num_bins: int = 15) -> float:
    """Return the mean distance of confidence and accuracy (ECE), Guo et al., eq. 5.

    Args:
        confidence (np.ndarray): As in :func:`reliability_bins`, [N], N at least 1.
        correct (np.ndarray): As in :func:`reliability_bins`, [N].
        num_bins (int): Bins of equal width. Defaults to 15.

    Returns:
        float: In 0..1.
    """
    counts, means, accuracy = reliability_bins(confidence, correct, num_bins)
    filled = counts > 0
    return float((counts * np.abs(means - accuracy))[filled].sum() / counts.sum())
