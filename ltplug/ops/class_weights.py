"""Weights of classes in a loss, from how many images each class has."""

from typing import TypeVar

import numpy as np
import torch

Array = TypeVar('Array', np.ndarray, torch.Tensor)

SCHEMES = ('none', 'effective', 'inverse', 'sqrt')


def _as_counts(class_counts) -> np.ndarray:
    counts = np.asarray(class_counts, dtype=np.float64)
    if counts.ndim != 1 or counts.size == 0:
        raise ValueError(f'class_counts must be a list of one count per class, got {class_counts}.')
    if not (np.isfinite(counts) & (counts >= 0)).all():
        raise ValueError(f'class_counts must be numbers of at least 0, got {class_counts}.')
    return counts


def _check_counts(class_counts) -> np.ndarray:
    counts = _as_counts(class_counts)
    if (counts <= 0).any():
        empty = np.flatnonzero(counts <= 0).tolist()
        raise ValueError(f'Classes {empty} have no training image, so they have no weight or '
                         'margin: leave them out of the classes or add images.')
    return counts


def _as_given(values: np.ndarray, class_counts: Array) -> Array:
    """Return values as a tensor where the counts were one, else as an array."""
    if isinstance(class_counts, torch.Tensor):
        return torch.from_numpy(values).to(class_counts.device)
    return values


def effective_number_weights(class_counts: Array, beta: float) -> Array:
    r"""Return class weights by the effective number of samples.

    :math:`w_c \propto (1 - \beta) / (1 - \beta^{n_c})`, scaled to mean 1 (Cui et al., "Class-
    Balanced Loss Based on Effective Number of Samples", 2019, eq. 2).

    Args:
        class_counts (array or Tensor): Images per class n_c, all positive, [C].
        beta (float): In [0, 1); 0 weighs all classes alike, 1 - 1e-4 is close to inverse counts.

    Returns:
        array or Tensor: The weights, float64[C], mean 1.

    Raises:
        ValueError: If beta is out of range or a class has no images.
    """
    if not 0 <= beta < 1:
        raise ValueError(f'beta must lie in [0, 1), got {beta}; use the inverse scheme for 1.')
    counts = _check_counts(class_counts)
    # 1 - beta^n loses all digits for beta near 1 and small n; expm1 keeps them.
    effective = -np.expm1(counts * np.log(beta)) if beta > 0 else np.ones_like(counts)
    weights = 1 / effective
    return _as_given(weights / weights.mean(), class_counts)


def class_weights(class_counts: Array, scheme: str, beta: float = 0.9999) -> Array:
    """Return class weights by a named scheme, scaled to mean 1.

    Args:
        class_counts (array or Tensor): Images per class, all positive, [C].
        scheme (str): 'none' (all 1), 'effective' (:func:`effective_number_weights`), 'inverse'
            (1 / count) or 'sqrt' (1 / sqrt(count)).
        beta (float): Of the effective number. Defaults to 0.9999.

    Returns:
        array or Tensor: The weights, float64[C], mean 1.

    Raises:
        ValueError: If the scheme is unknown or a class has no images.
    """
    if scheme == 'effective':
        return effective_number_weights(class_counts, beta)
    if scheme not in SCHEMES:
        raise ValueError(f'scheme must be one of {", ".join(SCHEMES)}, got {scheme!r}.')
    power = {'none': 0.0, 'inverse': 1.0, 'sqrt': 0.5}[scheme]
    weights = _check_counts(class_counts)**-power
    return _as_given(weights / weights.mean(), class_counts)
