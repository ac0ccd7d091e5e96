"""Logit adjustment in training."""

from collections.abc import Sequence

import numpy as np
import torch

from ltplug.ops.logit_adjustment import check_tau, log_priors
from ltplug.registry import MODELS

from .class_count_loss import ClassCountLoss


@MODELS.register_module()
class LogitAdjustedLoss(ClassCountLoss):
    r"""Cross-entropy on logits shifted by the log of the classes' shares.

    Menon et al., "Long-tail Learning via Logit Adjustment", 2021, eq. 10:
    :math:`L = CE(z + \tau \log \pi, y)`, where :math:`\pi_c` is the share of class c among the
    training images. Prediction uses the plain logits z; to train plainly and adjust at test
    instead, take :class:`LogitAdjustedLinearClsHead`, never both. Classes without training images
    get no probability while training (except with ``tau=0``, which is plain cross-entropy).

    Args:
        tau (float): Strength of the adjustment, at least 0. Defaults to 1, which is
            :class:`BalancedSoftmaxLoss`.
        class_counts (Sequence[int], optional): Training images per class. Defaults to those of
            the training dataset.
        scheme (str): Class weights on top, see :class:`ReweightedCrossEntropyLoss`. Defaults to
            'none'.
        beta (float): Of the effective number. Defaults to 0.9999.
        normalizer (str): 'weights' or 'batch'. Defaults to 'weights'.
        loss_weight (float): Factor of the result. Defaults to 1.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> import torch
        >>> from ltplug.models import LogitAdjustedLoss
        >>> loss = LogitAdjustedLoss(tau=1.0, class_counts=[90, 10])
        >>> loss(torch.zeros(1, 2), torch.tensor([1]))  # -log(10 / 100)
        tensor(2.3026)
    """

    needs_class_counts = True

    def __init__(self,
                 tau: float = 1.0,
                 class_counts: Sequence[int] | None = None,
                 scheme: str = 'none',
                 beta: float = 0.9999,
                 normalizer: str = 'weights',
                 loss_weight: float = 1.0) -> None:
        self.tau = check_tau(tau)  # first: the base prepares the shift
        super().__init__(scheme, beta, normalizer, class_counts, loss_weight)

    def class_statistics(self) -> np.ndarray:
        """Return the shift of every logit, float64[C]."""
        return self.tau * log_priors(np.array(self.class_counts))

    def adjust(self, logits: torch.Tensor, target: torch.Tensor,
               statistics: torch.Tensor) -> torch.Tensor:
        """Add the shift."""
        return logits + statistics

    def extra_repr(self) -> str:
        """Return the arguments in a line."""
        return f'tau={self.tau}, {super().extra_repr()}'
