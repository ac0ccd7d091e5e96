"""Balanced softmax."""

from collections.abc import Sequence

import numpy as np
import torch

from ltplug.registry import MODELS

from .class_count_loss import ClassCountLoss


@MODELS.register_module()
class BalancedSoftmaxLoss(ClassCountLoss):
    r"""Cross-entropy on logits shifted by the log of the class counts.

    Ren et al., "Balanced Meta-Softmax for Long-Tailed Visual Recognition", 2020, eq. 3:
    :math:`L = CE(z + \log n, y)`. Prediction uses the plain logits z. Classes without training
    images get no probability while training.

    Args:
        class_counts (Sequence[int], optional): Training images per class. Defaults to those of
            the training dataset.
        scheme (str): Class weights on top, see :class:`ReweightedCrossEntropyLoss`. Defaults to
            'none'.
        beta (float): Of the effective number. Defaults to 0.9999.
        normalizer (str): 'weights' or 'batch'. Defaults to 'weights'.
        loss_weight (float): Factor of the result. Defaults to 1.
    """

    needs_class_counts = True

    def __init__(self,
                 class_counts: Sequence[int] | None = None,
                 scheme: str = 'none',
                 beta: float = 0.9999,
                 normalizer: str = 'weights',
                 loss_weight: float = 1.0) -> None:
        super().__init__(scheme, beta, normalizer, class_counts, loss_weight)

    def class_statistics(self) -> np.ndarray:
        """Return the log counts, float64[C]; a large negative number for an empty class."""
        counts = np.array(self.class_counts, dtype=np.float64)
        return np.log(np.maximum(counts, 1e-30))

    def adjust(self, logits: torch.Tensor, target: torch.Tensor,
               statistics: torch.Tensor) -> torch.Tensor:
        """Add the log counts."""
        return logits + statistics
