"""Label-distribution-aware margins (LDAM)."""

from collections.abc import Sequence

import numpy as np
import torch

from ltplug.ops import ldam_margins
from ltplug.registry import MODELS

from .class_count_loss import ClassCountLoss, label_scores


@MODELS.register_module()
class LDAMLoss(ClassCountLoss):
    r"""Cross-entropy with a larger margin for smaller classes.

    From Cao et al., "Learning Imbalanced Datasets with Label-Distribution-Aware Margin Loss",
    2019, eq. 10-13: the margin :math:`m_y \propto n_y^{-1/4}` is subtracted from the true class's
    logit, then all logits are scaled:

    .. math:: L = CE(s \cdot (z - m_y e_y), y)

    The logits are cosines: use :class:`CosineLinearClsHead`.

    Args:
        max_margin (float): Margin of the smallest class. Defaults to 0.5.
        scale (float): Scale s of the cosines. Defaults to 30.
        class_counts (Sequence[int], optional): Training images per class. Defaults to those of
            the training dataset.
        scheme (str): Class weights, see :class:`ReweightedCrossEntropyLoss`. Defaults to 'none';
            LDAM-DRW switches them on late (``DeferredReweightingHook``).
        beta (float): Of the effective number. Defaults to 0.9999.
        normalizer (str): 'weights' or 'batch'. Defaults to 'weights'.
        loss_weight (float): Factor of the result. Defaults to 1.

    Raises:
        ValueError: If an argument is out of range or a class has no images.
    """

    needs_class_counts = True

    def __init__(self,
                 max_margin: float = 0.5,
                 scale: float = 30.0,
                 class_counts: Sequence[int] | None = None,
                 scheme: str = 'none',
                 beta: float = 0.9999,
                 normalizer: str = 'weights',
                 loss_weight: float = 1.0) -> None:
        if max_margin <= 0 or scale <= 0:
            raise ValueError('max_margin and scale must be positive, got '
                             f'{max_margin} and {scale}.')
        self.max_margin, self.scale = max_margin, scale  # first: the base prepares the margins
        super().__init__(scheme, beta, normalizer, class_counts, loss_weight)

    def class_statistics(self) -> np.ndarray:
        """Return the margins, float64[C]."""
        return ldam_margins(np.array(self.class_counts), self.max_margin)

    def adjust(self, logits: torch.Tensor, target: torch.Tensor,
               statistics: torch.Tensor) -> torch.Tensor:
        """Subtract the true class's margin (in parts for mixed labels) and scale."""
        share = label_scores(target, logits.shape[1])
        return self.scale * (logits - share * statistics)

    def extra_repr(self) -> str:
        """Return the arguments in a line."""
        return f'max_margin={self.max_margin}, scale={self.scale}, {super().extra_repr()}'
