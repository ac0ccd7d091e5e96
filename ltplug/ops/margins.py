"""Label-distribution-aware margins."""

import numpy as np

from .class_weights import Array, _as_given, _check_counts


def ldam_margins(class_counts: Array, max_margin: float) -> Array:
    r"""Return the margin of every class: :math:`m_c \propto n_c^{-1/4}`, the largest being given.

    From Cao et al., "Learning Imbalanced Datasets with Label-Distribution-Aware Margin Loss",
    2019, eq. 11.

    Args:
        class_counts (array or Tensor): Images per class n_c, all positive, [C].
        max_margin (float): Margin of the smallest class.

    Returns:
        array or Tensor: The margins, float64[C].

    Raises:
        ValueError: If the margin is not positive or a class has no images.
    """
    if max_margin <= 0:
        raise ValueError(f'max_margin must be positive, got {max_margin}.')
    margins = _check_counts(class_counts)**-0.25
    return _as_given(margins * (max_margin / np.max(margins)), class_counts)
