"""Balanced softmax."""

from collections.abc import Sequence

from ltplug.registry import MODELS

from .logit_adjusted_loss import LogitAdjustedLoss


@MODELS.register_module()
class BalancedSoftmaxLoss(LogitAdjustedLoss):
    r"""Cross-entropy on logits shifted by the log of the class counts.

    Ren et al., "Balanced Meta-Softmax for Long-Tailed Visual Recognition", 2020, eq. 3:
    :math:`L = CE(z + \log n, y)`. Prediction uses the plain logits z. Classes without training
    images get no probability while training. The softmax does not see the constant between log
    counts and log shares, so this is :class:`LogitAdjustedLoss` with ``tau=1``.

    Args:
        class_counts (Sequence[int], optional): Training images per class. Defaults to those of
            the training dataset.
        scheme (str): Class weights on top, see :class:`ReweightedCrossEntropyLoss`. Defaults to
            'none'.
        beta (float): Of the effective number. Defaults to 0.9999.
        normalizer (str): 'weights' or 'batch'. Defaults to 'weights'.
        loss_weight (float): Factor of the result. Defaults to 1.

    Example:
        >>> import torch
        >>> from ltplug.models import BalancedSoftmaxLoss
        >>> loss = BalancedSoftmaxLoss(class_counts=[90, 10])
        >>> loss(torch.zeros(1, 2), torch.tensor([1]))  # -log(10 / 100)
        tensor(2.3026)
    """

    def __init__(self,
                 class_counts: Sequence[int] | None = None,
                 scheme: str = 'none',
                 beta: float = 0.9999,
                 normalizer: str = 'weights',
                 loss_weight: float = 1.0) -> None:
        super().__init__(1.0, class_counts, scheme, beta, normalizer, loss_weight)
