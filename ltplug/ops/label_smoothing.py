"""How much the label of every class is smoothed, and smoothing itself."""

import math

import numpy as np
import torch

from .class_weights import Array, _as_counts, _as_given

SHAPES = ('concave', 'linear', 'convex', 'exp')
SPREADS = ('all', 'others')


def label_aware_smoothing(class_counts: Array,
                          smooth_head: float = 0.3,
                          smooth_tail: float = 0.0,
                          shape: str = 'concave',
                          power: float = 0.5) -> Array:
    r"""Return the smoothing of every class: more for larger classes.

    Zhong et al., "Improving Calibration for Long-Tailed Recognition" (MiSLAS), 2021, and its code:
    :math:`\epsilon_c = \epsilon_{tail} + (\epsilon_{head} - \epsilon_{tail}) f(x_c)` with
    :math:`x_c = (n_c - n_{min}) / (n_{max} - n_{min})` and

    - ``'concave'``: :math:`f(x) = \sin(\pi x / 2)`,
    - ``'linear'``: :math:`f(x) = x`,
    - ``'convex'``: :math:`f(x) = 1 - \cos(\pi x / 2)`,
    - ``'exp'`` (so named in the code): :math:`f(x) = x^{power}`.

    Args:
        class_counts (array or Tensor): Images per class n_c, [C].
        smooth_head (float): Smoothing of the largest class, in [smooth_tail, 1). Defaults to 0.3.
        smooth_tail (float): Smoothing of the smallest class, in [0, smooth_head]. Defaults to 0.
        shape (str): 'concave', 'linear', 'convex' or 'exp'. Defaults to 'concave'.
        power (float): Positive exponent of 'exp'. Defaults to 0.5.

    Returns:
        array or Tensor: The smoothing, float64[C]. Classes of one common size are all smoothed by
        ``smooth_head``.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> import numpy as np
        >>> from ltplug.ops import label_aware_smoothing
        >>> label_aware_smoothing(np.array([100, 55, 10]), 0.4, 0.1, 'linear')
        array([0.4 , 0.25, 0.1 ])
    """
    if not 0 <= smooth_tail <= smooth_head < 1:
        raise ValueError('smooth_head and smooth_tail must satisfy 0 <= tail <= head < 1, got head '
                         f'{smooth_head} and tail {smooth_tail}.')
    if shape not in SHAPES:
        raise ValueError(f'shape must be one of {", ".join(SHAPES)}, got {shape!r}.')
    if not 0 < power < math.inf:
        raise ValueError(f'power must be positive and finite, got {power}.')
    counts = _as_counts(class_counts)
    extent = counts.max() - counts.min()
    x = (counts - counts.min()) / extent if extent > 0 else np.ones_like(counts)
    curve = {
        'concave': np.sin(x * math.pi / 2),
        'linear': x,
        'convex': 1 - np.cos(x * math.pi / 2),
        'exp': x**power,
    }[shape]
    return _as_given(smooth_tail + (smooth_head - smooth_tail) * curve, class_counts)


def smooth_scores(scores: torch.Tensor, smoothing: torch.Tensor,
                  spread: str = 'all') -> torch.Tensor:
    r"""Take a part of every label's score and spread it over the classes.

    Label c keeps :math:`1 - \epsilon_c`. The rest goes to all C classes alike, itself included
    (``'all'``), or to the C - 1 others (``'others'``). Linear in the scores; their sum stays.

    Args:
        scores (Tensor): Score of every label, one-hot or mixed, float [N, C].
        smoothing (Tensor): Smoothing of every class, in [0, 1), float [C].
        spread (str): 'all' or 'others'. Defaults to 'all'.

    Returns:
        Tensor: Smoothed scores, [N, C].

    Raises:
        ValueError: If the spread is unknown, or there are no others.

    Example:
        >>> import torch
        >>> from ltplug.ops import smooth_scores
        >>> smooth_scores(torch.eye(3)[:1], torch.tensor([0.3, 0.0, 0.0]))
        tensor([[0.8000, 0.1000, 0.1000]])
    """
    if spread not in SPREADS:
        raise ValueError(f'spread must be one of {", ".join(SPREADS)}, got {spread!r}.')
    num_classes = scores.shape[1]
    if spread == 'others' and num_classes < 2:
        raise ValueError(f"spread='others' needs at least two classes, got {num_classes}.")
    taken = scores * smoothing
    total = taken.sum(dim=1, keepdim=True)
    if spread == 'all':
        return scores - taken + total / num_classes
    return scores - taken + (total - taken) / (num_classes - 1)
