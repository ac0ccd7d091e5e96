"""Classifier weights rescaled by their length."""

from .class_weights import Array
from .logit_adjustment import check_tau


def tau_normalize(weight: Array, tau: float) -> Array:
    r"""Return the weight vectors of a linear classifier divided by a power of their length.

    :math:`\tilde w_c = w_c / \|w_c\|^\tau` (Kang et al., "Decoupling Representation and Classifier
    for Long-Tailed Recognition", 2020, section 4). Classes with many images tend to have longer
    vectors, and so larger logits, than rare ones. The method drops the bias of the classifier.

    Args:
        weight (array or Tensor): One row per class, [C, D].
        tau (float): At least 0; 0 changes nothing, 1 gives all classes the same length.

    Returns:
        array or Tensor: The rescaled rows, [C, D]; a row of zeros stays as it is.

    Raises:
        ValueError: If tau is out of range or the weight is no matrix.

    Example:
        >>> import numpy as np
        >>> from ltplug.ops import tau_normalize
        >>> tau_normalize(np.array([[3.0, 4.0], [0.0, 2.0]]), 1)
        array([[0.6, 0.8],
               [0. , 1. ]])
    """
    check_tau(tau)
    if weight.ndim != 2:
        raise ValueError('weight must have one row per class, [C, D], got the shape '
                         f'{tuple(weight.shape)}.')
    return weight / row_lengths(weight)**tau


def row_lengths(matrix: Array) -> Array:
    """Return the length of every row, and 1 for a row of zeros, by which one can divide.

    Args:
        matrix (array or Tensor): [N, D].

    Returns:
        array or Tensor: [N, 1], of the type of the matrix.
    """
    lengths = (matrix * matrix).sum(axis=1, keepdims=True)**0.5
    return lengths + (lengths == 0)
