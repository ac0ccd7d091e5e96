"""Temperatures of classes from how far their features are spread."""

import math

import numpy as np
import torch

from .class_weights import Array, _as_given

_ROUNDING = 1e-6
_LARGEST_EXPONENT = 50.0


def class_temperatures(features: Array,
                       labels: Array,
                       base_temperature: float,
                       alpha: float = 10.0,
                       num_classes: int | None = None) -> Array:
    r"""Return the temperature of every class in SBCL's coarse term.

    Hou et al., "Subclass-balancing Contrastive Learning for Long-tailed Recognition", 2023,
    eq. 5-6, with the class mean :math:`t_c` (not normalised) and the mean over classes that have
    samples:

    .. math::
        \phi(c) = \frac{\sum_i \lVert z_i - t_c \rVert}{n_c \log(n_c + \alpha)}, \quad
        \tau_2(c) = \tau_1 \exp\Big(\frac{\phi(c)}{mean_{c'} \phi(c')}\Big)

    Args:
        features (array or Tensor): Unit vectors z, float [n, D].
        labels (array or Tensor): Ints [n].
        base_temperature (float): :math:`\tau_1`, positive; no temperature is below it.
        alpha (float): Damps small classes, at least 1. Defaults to 10.
        num_classes (int, optional): C. Defaults to the largest label plus one.

    Returns:
        array or Tensor: float64[C], of the kind of ``features``. :math:`\tau_1` for a class without
        samples; :math:`e \tau_1`, the limit of equal spreads, where no class has any spread.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> import numpy as np
        >>> from ltplug.ops import class_temperatures
        >>> features = np.array([[1, 0], [0, 1], [1, 0], [0, 1]])
        >>> class_temperatures(features, np.array([0, 0, 1, 1]), 0.1).round(4)  # equal: 0.1 e
        array([0.2718, 0.2718])
    """
    if not base_temperature > 0 or not alpha >= 1:
        raise ValueError('base_temperature must be positive and alpha at least 1, got '
                         f'{base_temperature} and {alpha}.')
    vectors, classes = (
        value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
        for value in (features, labels))
    if vectors.ndim != 2 or classes.shape != vectors.shape[:1]:
        raise ValueError(f'features must be [n, D] and labels [n], got {vectors.shape} and '
                         f'{classes.shape}.')
    size = int(classes.max(initial=-1)) + 1
    if num_classes is not None and size > num_classes:
        raise ValueError(f'The labels run up to {size - 1}, but num_classes is {num_classes}.')
    counts = np.bincount(classes, minlength=num_classes or size)
    spread = np.zeros(len(counts))
    order = np.argsort(classes, kind='stable')
    for label, members in enumerate(np.split(order, np.cumsum(counts)[:-1])):
        if len(members) > 1:
            own = vectors[members].astype(np.float64)
            distance = np.linalg.norm(own - own.mean(axis=0), axis=1).mean()
            if distance > _ROUNDING:
                spread[label] = distance / math.log(len(members) + alpha)
    mean = spread[counts > 0].mean() if len(classes) else 0.0
    relative = np.where(counts > 0, spread / mean if mean > 0 else 1.0, 0.0)
    # One spread class among very many collapsed ones would overflow.
    temperatures = base_temperature * np.exp(np.minimum(relative, _LARGEST_EXPONENT))
    return _as_given(temperatures, features)
