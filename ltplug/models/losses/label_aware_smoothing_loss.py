"""Label-aware smoothing."""

from collections.abc import Sequence

import numpy as np
import torch

from ltplug.ops import label_aware_smoothing, smooth_scores
from ltplug.ops.label_smoothing import SPREADS
from ltplug.registry import MODELS

from .class_count_loss import ClassCountLoss, label_scores


@MODELS.register_module()
class LabelAwareSmoothingLoss(ClassCountLoss):
    r"""Cross-entropy with labels smoothed more the larger their class is.

    Zhong et al., "Improving Calibration for Long-Tailed Recognition" (MiSLAS), 2021: networks are
    over-confident about large classes most of all. With the smoothing
    :math:`\epsilon_y` of :func:`ltplug.ops.label_aware_smoothing`

    .. math:: L = -(1 - \epsilon_y) \log p_y - \frac{\epsilon_y}{C} \sum_c \log p_c

    is the paper's code, ``spread='all'``; its text spreads over the C - 1 other classes,
    ``spread='others'``. Class weights, where there are any, are those of the labels before
    smoothing. MiSLAS uses it for the second stage, where the classifier is re-trained.

    Args:
        smooth_head (float): Smoothing of the largest class. Defaults to 0.3.
        smooth_tail (float): Smoothing of the smallest class. Defaults to 0.
        shape (str): 'concave', 'linear', 'convex' or 'exp': how the smoothing grows with the
            class. Defaults to 'concave'.
        spread (str): 'all' or 'others'. Defaults to 'all'.
        power (float): Exponent of the shape 'exp'. Defaults to 0.5.
        class_counts (Sequence[int], optional): Training images per class. Defaults to those of
            the training dataset.
        scheme (str): Class weights, see :class:`ReweightedCrossEntropyLoss`. Defaults to 'none'.
        beta (float): Of the effective number. Defaults to 0.9999.
        normalizer (str): 'weights' or 'batch'. Defaults to 'weights'.
        loss_weight (float): Factor of the result. Defaults to 1.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> import torch
        >>> from ltplug.models import LabelAwareSmoothingLoss
        >>> loss = LabelAwareSmoothingLoss(0.2, 0.0, class_counts=[90, 10])
        >>> loss(torch.tensor([[2., 0.]]), torch.tensor([0]))  # 0.9 and 0.1 of two log p
        tensor(0.3269)
    """

    needs_class_counts = True

    def __init__(self,
                 smooth_head: float = 0.3,
                 smooth_tail: float = 0.0,
                 shape: str = 'concave',
                 spread: str = 'all',
                 power: float = 0.5,
                 class_counts: Sequence[int] | None = None,
                 scheme: str = 'none',
                 beta: float = 0.9999,
                 normalizer: str = 'weights',
                 loss_weight: float = 1.0) -> None:
        if spread not in SPREADS:
            raise ValueError(f'spread must be one of {", ".join(SPREADS)}, got {spread!r}.')
        # All before the base, which prepares the smoothing; any counts show whether they fit.
        self.smoothing_args = (smooth_head, smooth_tail, shape, power)
        label_aware_smoothing(np.ones(1), *self.smoothing_args)
        self.spread = spread
        super().__init__(scheme, beta, normalizer, class_counts, loss_weight)

    def class_statistics(self) -> np.ndarray:
        """Return the smoothing of every class, float64[C]."""
        return label_aware_smoothing(np.array(self.class_counts), *self.smoothing_args)

    def per_sample_loss(self, logits: torch.Tensor, target: torch.Tensor,
                        statistics: torch.Tensor,
                        class_weight: torch.Tensor | None) -> torch.Tensor:
        """Return the cross-entropy with smoothed labels of every sample, float32 [N]."""
        share = label_scores(target, logits.shape[1])
        if class_weight is not None:
            share = share * class_weight
        smoothed = smooth_scores(share, statistics, self.spread)
        return -(smoothed * logits.log_softmax(dim=1)).sum(dim=1)

    def extra_repr(self) -> str:
        """Return the arguments in a line."""
        head, tail, shape, power = self.smoothing_args
        return (f'smooth_head={head}, smooth_tail={tail}, shape={shape!r}, spread={self.spread!r}, '
                f'power={power}, {super().extra_repr()}')
