"""The theory of the value of imbalanced labels: three theorems on Gaussian mixtures.

Yang and Xu, "Rethinking the Value of Labels for Improving Class-Imbalanced Learning", 2020:
theorem 1 on self-training (section 2.1), theorems 2 and 3 on self-supervised pre-training
(section 4.1). For each, the formula and a Monte-Carlo simulation of what it bounds.
"""

import math

import numpy as np
from scipy.special import ndtr


def pseudo_label_centre(mu_positive: float, mu_negative: float, accuracy_gap: float) -> float:
    """Return what the estimate of theorem 1 tends to.

    Args:
        mu_positive (float): Mean of the positive class, mu_1.
        mu_negative (float): Mean of the negative class, mu_2.
        accuracy_gap (float): Delta = p - q, how much more often the base classifier is right on
            samples that it calls positive.

    Returns:
        float: (mu_1 + mu_2) / 2 + Delta (mu_1 - mu_2) / 2.
    """
    return (mu_positive + mu_negative + accuracy_gap * (mu_positive - mu_negative)) / 2


def pseudo_label_failure_bound(delta: float, num_positive: int, num_negative: int,
                               mu_positive: float, mu_negative: float, sigma: float) -> float:
    """Return theorem 1's bound on the probability that the estimate is off by more than delta.

    Args:
        delta (float): Distance from :func:`pseudo_label_centre`.
        num_positive (int): Unlabelled samples whose pseudo-label is positive.
        num_negative (int): Those whose pseudo-label is negative.
        mu_positive (float): Mean of the positive class, mu_1.
        mu_negative (float): Mean of the negative class, mu_2.
        sigma (float): Standard deviation of both classes.

    Returns:
        float: The bound; it says nothing where it is above 1.
    """
    pairs = num_positive * num_negative / (num_positive + num_negative)
    distance = 9 * (mu_positive - mu_negative)**2
    return 2 * (math.exp(-2 * delta**2 * pairs / (9 * sigma**2))
                + math.exp(-8 * num_positive * delta**2 / distance)
                + math.exp(-8 * num_negative * delta**2 / distance))


def simulate_pseudo_label_estimates(num_positive: int, num_negative: int, mu_positive: float,
                                    mu_negative: float, sigma: float, precision_positive: float,
                                    precision_negative: float, num_draws: int,
                                    rng: np.random.Generator) -> np.ndarray:
    """Draw estimates of the middle between two classes from pseudo-labelled samples (theorem 1).

    Args:
        num_positive (int): Unlabelled samples whose pseudo-label is positive.
        num_negative (int): Those whose pseudo-label is negative.
        mu_positive (float): Mean of the positive class, mu_1.
        mu_negative (float): Mean of the negative class, mu_2.
        sigma (float): Standard deviation of both classes.
        precision_positive (float): Share p of right ones among the positive pseudo-labels.
        precision_negative (float): Share q of right ones among the negative pseudo-labels.
        num_draws (int): Number of estimates.
        rng (np.random.Generator): Source of the draws.

    Returns:
        np.ndarray: Estimates theta, float64[num_draws].
    """
    halves = []
    for number, precision, own, other in (
            (num_positive, precision_positive, mu_positive, mu_negative),
            (num_negative, precision_negative, mu_negative, mu_positive)):
        right = rng.binomial(number, precision, num_draws)
        # the mean of so many normal variables is drawn at once
        noise = rng.normal(0, sigma / math.sqrt(number), num_draws)
        halves.append((right * own + (number - right) * other) / number + noise)
    return sum(halves) / 2


def linear_classifier_error(bias: np.ndarray, share_positive: float, beta: float) -> np.ndarray:
    """Return the error of a linear classifier on the raw inputs of theorem 2.

    Both classes are normal around 0, with variance sigma_1^2 (positive) and beta sigma_1^2
    (negative); the classifier is sign(<theta, x> + b).

    Args:
        bias (np.ndarray): b / (|theta| sigma_1) > 0, of any shape.
        share_positive (float): Prior p+ of the positive class.
        beta (float): Ratio of the variances.

    Returns:
        np.ndarray: Probabilities of an error, float64 of that shape.
    """
    bias = np.asarray(bias, dtype=np.float64)
    return share_positive * ndtr(-bias) + (1 - share_positive) * ndtr(bias / math.sqrt(beta))


def pretrained_error_bound(delta: float, dim: int, share_positive: float, beta: float) -> float:
    """Return theorem 3's bound on the error after self-supervised learning.

    Args:
        delta (float): In (0, (beta - 1) / (beta + 1)); how far the class means of the features may
            be from their expectations, relatively.
        dim (int): Dimension d of the inputs.
        share_positive (float): Prior p+ of the positive class.
        beta (float): Ratio of the variances, above 3 as in the theorem.

    Returns:
        float: The bound.

    Raises:
        ValueError: If delta or beta is out of range.
    """
    if not beta > 3:
        raise ValueError(f'Theorem 3 is about beta above 3, got {beta}.')
    if not 0 < delta < (beta - 1) / (beta + 1):
        raise ValueError(f'delta must lie between 0 and (beta - 1) / (beta + 1) = '
                         f'{(beta - 1) / (beta + 1):g}, got {delta}.')
    distance = beta - 1 - (1 + beta) * delta
    is_near = delta >= (beta - 3) / (beta + 1)
    exponent_positive = distance**2 / 32 if is_near else distance / 16
    return (share_positive * math.exp(-dim * exponent_positive)
            + (1 - share_positive) * math.exp(-dim * distance**2 / (32 * beta**2)))


def pretrained_bound_confidence(delta: float, dim: int, num_positive: int,
                                num_negative: int) -> float:
    """Return with which probability :func:`pretrained_error_bound` holds (theorem 3).

    Args:
        delta (float): As there.
        dim (int): Dimension d of the inputs.
        num_positive (int): Positive training samples.
        num_negative (int): Negative ones.

    Returns:
        float: A lower bound of the probability; it says nothing where it is below 0.
    """
    return 1 - 2 * sum(math.exp(-number * dim * delta**2 / 8)
                       for number in (num_positive, num_negative))


def simulate_pretrained_errors(dim: int, num_positive: int, num_negative: int,
                               share_positive: float, beta: float, num_draws: int, num_test: int,
                               rng: np.random.Generator) -> np.ndarray:
    """Draw errors of the classifier of theorem 3 over training sets.

    The learned feature is k_1 |x|^2 + k_2, of which the classifier depends on the order only; so
    |x|^2 / sigma_1^2 is drawn: chi-squared for the positive class, beta times that for the
    negative one. The threshold is the middle between the class means of the training set.

    Args:
        dim (int): Dimension d of the inputs.
        num_positive (int): Positive training samples.
        num_negative (int): Negative ones.
        share_positive (float): Prior p+ of the positive class.
        beta (float): Ratio of the variances.
        num_draws (int): Number of training sets.
        num_test (int): Test samples of each class for each of them.
        rng (np.random.Generator): Source of the draws.

    Returns:
        np.ndarray: Shares of errors, float64[num_draws].
    """
    train_positive = rng.chisquare(dim, (num_draws, num_positive)).mean(axis=1)
    train_negative = beta * rng.chisquare(dim, (num_draws, num_negative)).mean(axis=1)
    threshold = ((train_positive + train_negative) / 2)[:, None]
    missed = rng.chisquare(dim, (num_draws, num_test)) > threshold
    mistaken = beta * rng.chisquare(dim, (num_draws, num_test)) <= threshold
    return share_positive * missed.mean(axis=1) + (1 - share_positive) * mistaken.mean(axis=1)
