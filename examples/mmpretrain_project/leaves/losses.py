"""The losses of this project."""

import numpy as np
import torch
from mmpretrain.registry import MODELS

from ltplug.models import ClassCountLoss


@MODELS.register_module()
class ClassTemperatureLoss(ClassCountLoss):
    r"""Cross-entropy that divides the logits of small classes while training.

    Ye et al., "Identifying and Compensating for Feature Deviation in Imbalanced Deep Learning",
    2020 (CDT): to become as likely as a large class, a small one has to be scored higher.

    .. math:: L = CE(z / a, y), \quad a_c = (n_{max} / n_c)^\gamma

    ``ClassCountsHook`` of ltplug brings the numbers :math:`n_c` of training images; class weights,
    mixed labels and the mean over processes come with the base class.

    Args:
        gamma (float): Strength; 0 is cross-entropy. Defaults to 0.2.
        **kwargs: Arguments of ``ltplug.models.ClassCountLoss``.
    """

    needs_class_counts = True

    def __init__(self, gamma: float = 0.2, **kwargs) -> None:
        self.gamma = gamma  # first: the base computes the statistics
        super().__init__(**kwargs)

    def class_statistics(self) -> np.ndarray:
        """Return the divisors, float64[C]."""
        counts = np.array(self.class_counts, dtype=float)
        if counts.min() < 1:
            raise ValueError(f'Class {counts.argmin()} has no training images: leave it out.')
        return (counts.max() / counts) ** self.gamma

    def adjust(self, logits: torch.Tensor, target: torch.Tensor,
               statistics: torch.Tensor) -> torch.Tensor:
        """Divide the logits float32 [N, C]."""
        return logits / statistics
