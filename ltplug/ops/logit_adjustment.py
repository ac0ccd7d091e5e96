"""Logits corrected for how often each class is seen in training."""

import numpy as np
import torch

from .class_weights import Array, _as_counts, _as_given, _check_counts

LOG_PRIOR_OF_EMPTY = -1e6
"""Stands for log 0: finite, so that 0 times it is 0, and far below any logit."""


def check_tau(tau: float) -> float:
    """Return the strength of an adjustment, or complain.

    Args:
        tau (float): A finite number of at least 0.

    Returns:
        float: The same.

    Raises:
        ValueError: If it is negative or not finite.
    """
    if not 0 <= tau < float('inf'):
        raise ValueError(f'tau must be a finite number of at least 0, got {tau}.')
    return tau


def log_priors(class_counts: Array) -> Array:
    r"""Return the log of every class's share of the training images, :math:`\log \pi_c`.

    Args:
        class_counts (array or Tensor): Images per class n_c, [C].

    Returns:
        array or Tensor: :math:`\log(n_c / \sum n)`, float64[C]; -1e6 for a class without images.

    Raises:
        ValueError: If the counts are no list of numbers of at least 0.

    Example:
        >>> from ltplug.ops import log_priors
        >>> log_priors([50, 30, 20]).round(4)
        array([-0.6931, -1.204 , -1.6094])
    """
    counts = _as_counts(class_counts)
    shares = counts / max(counts.sum(), 1)
    logs = np.log(shares, out=np.full_like(shares, LOG_PRIOR_OF_EMPTY), where=shares > 0)
    return _as_given(logs, class_counts)


def posthoc_logit_adjustment(logits: Array, class_counts: Array, tau: float = 1.0) -> Array:
    r"""Return the logits of a plainly trained classifier, corrected for balanced classes.

    Menon et al., "Long-tail Learning via Logit Adjustment", 2021, section 4.1:
    :math:`z - \tau \log \pi`. Only for logits that were trained with plain cross-entropy: what was
    trained with an adjusted loss is corrected already.

    Args:
        logits (array or Tensor): [..., C].
        class_counts (array or Tensor): Training images per class, all positive, [C].
        tau (float): Strength, at least 0; 0 changes nothing. Defaults to 1.

    Returns:
        array or Tensor: Adjusted logits, of the type, shape and device of ``logits``.

    Raises:
        ValueError: If tau is out of range, a class has no images or the classes do not fit.

    Example:
        >>> import numpy as np
        >>> from ltplug.ops import posthoc_logit_adjustment
        >>> posthoc_logit_adjustment(np.zeros(2), [90, 10]).round(4)
        array([0.1054, 2.3026])
    """
    check_tau(tau)
    counts = _check_counts(class_counts)
    if logits.shape[-1] != len(counts):
        raise ValueError(f'class_counts has {len(counts)} classes but logits have '
                         f'{logits.shape[-1]}.')
    shift = tau * log_priors(counts)
    return logits - (logits.new_tensor(shift) if isinstance(logits, torch.Tensor) else shift)
