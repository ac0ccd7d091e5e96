"""Label-distribution-aware margins (LDAM)."""

import logging
from collections.abc import Sequence

import numpy as np
import torch
from mmengine.logging import print_log
from torch import nn

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

    The logits are cosines: use :class:`CosineLinearClsHead`. The authors' code never trains it on
    another classifier; a head with a plain linear layer gets a warning when training begins, no
    refusal, because a head of somebody else may normalise around such a layer.

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

    def check_head(self, head: nn.Module) -> None:
        """Warn of a head whose scores are no cosines; ``ClassCountsHook`` calls this.

        Args:
            head (nn.Module): The head that the loss belongs to.
        """
        num_classes = getattr(head, 'num_classes', None)
        if any(type(layer) is nn.Linear and layer.out_features == num_classes
               for layer in head.modules()):
            print_log(f'{type(self).__name__} takes cosines, which it multiplies by '
                      f'{self.scale:g}, but {type(head).__name__} classifies by a linear layer: '
                      'unless it gives features and weights length 1, use '
                      'model.head.type=ltplug.CosineLinearClsHead.',
                      logger='current', level=logging.WARNING)

    def adjust(self, logits: torch.Tensor, target: torch.Tensor,
               statistics: torch.Tensor) -> torch.Tensor:
        """Subtract the true class's margin (in parts for mixed labels) and scale."""
        share = label_scores(target, logits.shape[1])
        return self.scale * (logits - share * statistics)

    def extra_repr(self) -> str:
        """Return the arguments in a line."""
        return f'max_margin={self.max_margin}, scale={self.scale}, {super().extra_repr()}'
