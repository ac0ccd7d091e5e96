"""How many images each class of a long-tailed set keeps."""

import math

import numpy as np

PROFILES = ('exp', 'step', 'pareto')


def check_imbalance(imbalance_ratio: float | None, imbalance_factor: float | None) -> float:
    """Return the imbalance factor (smallest over largest class) from one of its two spellings.

    Args:
        imbalance_ratio (float, optional): Largest over smallest class, at least 1.
        imbalance_factor (float, optional): Smallest over largest class, in (0, 1].

    Returns:
        float: The factor.

    Raises:
        ValueError: If none or both are given, or the value is out of range.
    """
    if (imbalance_ratio is None) == (imbalance_factor is None):
        raise ValueError('Give either imbalance_ratio (such as 100) or imbalance_factor (such as '
                         f'0.01), not both: got {imbalance_ratio} and {imbalance_factor}; set the '
                         'other to None.')
    for value in (imbalance_ratio, imbalance_factor):
        if not isinstance(value, int | float | None):
            raise ValueError(f'imbalance_ratio and imbalance_factor are numbers, got {value!r}.')
    if imbalance_ratio is not None:
        if not (imbalance_ratio >= 1 and math.isfinite(imbalance_ratio)):
            raise ValueError('imbalance_ratio is the largest over the smallest class and must be '
                             f'at least 1, got {imbalance_ratio}; use imbalance_factor for its '
                             'inverse.')
        return 1 / imbalance_ratio
    if not 0 < imbalance_factor <= 1:
        raise ValueError('imbalance_factor is the smallest over the largest class and must lie in '
                         f'(0, 1], got {imbalance_factor}; use imbalance_ratio for its inverse.')
    return imbalance_factor


def long_tail_counts(max_count: int,
                     num_classes: int,
                     imbalance_ratio: float | None = None,
                     profile: str = 'exp',
                     imbalance_factor: float | None = None,
                     alpha: float = 6.0) -> np.ndarray:
    r"""Return the number of images per class of a long-tailed set, largest class first.

    ``'exp'`` keeps :math:`\lfloor n_{max} f^{c/(C-1)} \rfloor` images of class rank
    :math:`c`; ``'step'`` keeps :math:`n_{max}` of the first :math:`\lfloor C/2 \rfloor` classes
    and :math:`\lfloor n_{max} f \rfloor` of the others, with the factor
    :math:`f = 1 / \text{ratio}`. This is the convention of CIFAR-LT (LDAM, Cao et al. 2019),
    evaluated in its floating-point form: other forms lose an image here and there.

    ``'pareto'`` has the shape of ImageNet-LT and Places-LT (OLTR, Liu et al. 2019: "the Pareto
    distribution with the power value alpha=6"). They were drawn at random; this deterministic
    version is ours. It takes the C mid-quantiles of numpy's Pareto (II) distribution with
    :math:`P(X > x) = (1 + x)^{-\alpha}`,

    .. math:: x_c = \Big(\frac{C}{c + 1/2}\Big)^{1/\alpha} - 1, \quad n_c = \Big\lfloor n_{min}
        + (n_{max} - n_{min}) \frac{x_c - x_{C-1}}{x_0 - x_{C-1}} \Big\rfloor,

    with :math:`n_{min} = \lfloor n_{max} f \rfloor`: the ends are exact, the distribution is
    truncated to them. ImageNet-LT's class sizes (1280 to 5) are met within a tenth of their total.

    Args:
        max_count (int): Images of the largest class.
        num_classes (int): Number of classes C.
        imbalance_ratio (float, optional): Largest over smallest class, at least 1.
        profile (str): 'exp', 'step' or 'pareto'. Defaults to 'exp'.
        imbalance_factor (float, optional): The inverse of the ratio, instead of it.
        alpha (float): Power of the 'pareto' profile, above 0; a smaller one leaves less to the
            classes between head and tail. Defaults to 6.

    Returns:
        np.ndarray: Counts in descending order, int64[C].

    Raises:
        ValueError: If an argument is out of range or a class would be left without images.
    """
    if profile not in PROFILES:
        raise ValueError(f'profile must be one of {", ".join(PROFILES)}, got {profile!r}.')
    if num_classes < 1 or max_count < 1 or max_count != int(max_count):
        raise ValueError('max_count and num_classes must be positive integers, got '
                         f'{max_count} and {num_classes}.')
    if not (alpha > 0 and math.isfinite(alpha)):
        raise ValueError(f'alpha, the power of the Pareto distribution, must be above 0, '
                         f'got {alpha}.')
    factor = check_imbalance(imbalance_ratio, imbalance_factor)
    ranks = range(num_classes)
    if profile == 'step':
        counts = [max_count if c < num_classes // 2 else int(max_count * factor) for c in ranks]
    elif profile == 'pareto':
        counts = _pareto_counts(max_count, int(max_count * factor + 1e-9), num_classes, alpha)
    else:
        last = max(num_classes - 1.0, 1.0)
        counts = [int(max_count * factor**(c / last)) for c in ranks]
    if max_count * factor > 1 - 1e-9:  # 49 * (1 / 49) is a little below 1
        counts = [max(count, 1) for count in counts]
    if counts[-1] < 1:
        raise ValueError(f'An imbalance ratio of {1 / factor:g} leaves {counts.count(0)} of '
                         f'{num_classes} classes without images, because the largest class has '
                         f'only {max_count}: use a ratio of at most {max_count}.')
    return np.array(counts, dtype=np.int64)


def unlabeled_counts(total: int,
                     num_classes: int,
                     imbalance_ratio: float,
                     profile: str = 'exp') -> np.ndarray:
    """Return how many images of each class a pool without labels has, largest class first.

    The shape of :func:`long_tail_counts`, scaled so that the pool keeps its size whatever the
    ratio, up to one image a class: Yang and Xu, "Rethinking the Value of Labels", 2020, as in
    their code.

    Args:
        total (int): Images of the pool |D_U|; 5 times the labelled ones in the paper.
        num_classes (int): Number of classes C.
        imbalance_ratio (float): Largest over smallest class of the pool rho_U, at least 1.
        profile (str): 'exp', 'step' or 'pareto'. Defaults to 'exp'.

    Returns:
        np.ndarray: Counts in descending order, int64[C].

    Raises:
        ValueError: If an argument is out of range or a class would be left without images.
    """
    shape = long_tail_counts(total // num_classes, num_classes, imbalance_ratio, profile)
    scale = total / shape.sum()
    return np.array([int(count * scale) for count in shape], dtype=np.int64)


def _pareto_counts(largest: int, smallest: int, num_classes: int, alpha: float) -> list[int]:
    """The counts between two ends; see :func:`long_tail_counts`."""
    if num_classes == 1:
        return [largest]
    # x_c / x_0 - 1 up to a factor, in a form that no alpha makes overflow or cancel
    falls = np.expm1(-np.log((np.arange(num_classes) + 0.5) / 0.5) / alpha)
    shares = 1 - falls / falls[-1]
    return [smallest + int((largest - smallest) * share) for share in shares]
