"""Focal losses with class weights."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F

from ltplug.ops import focal_factor
from ltplug.registry import MODELS

from .class_count_loss import ClassCountLoss, label_scores


class _FocalLoss(ClassCountLoss):
    """What both focal losses share: the exponent."""

    def __init__(self, gamma: float, *args) -> None:
        if not 0 <= gamma < float('inf'):
            raise ValueError(f'gamma must be a finite number of at least 0, got {gamma}.')
        super().__init__(*args)
        self.gamma = gamma

    def extra_repr(self) -> str:
        """Return the arguments in a line."""
        return f'gamma={self.gamma}, {super().extra_repr()}'


@MODELS.register_module()
class ReweightedFocalLoss(_FocalLoss):
    r"""Softmax focal loss, each class weighted by how many training images it has.

    Lin et al., "Focal Loss for Dense Object Detection", 2017, eq. 5, with the softmax probability
    :math:`p_y` of the label:

    .. math:: L = -w_y (1 - p_y)^\gamma \log p_y

    LDAM's code puts the weight inside the probability, :math:`p_y^{w_y}` for :math:`p_y`, and
    divides by the batch size: ``weight_inside_pt=True, normalizer='batch'``. mmpretrain's
    ``FocalLoss`` is a sigmoid one; that of the class-balanced paper is
    :class:`ClassBalancedSigmoidFocalLoss`.

    Args:
        gamma (float): Focusing exponent; 0 gives cross-entropy. Defaults to 1 (as LDAM's code).
        scheme (str): 'none', 'effective', 'inverse' or 'sqrt'. Defaults to 'effective'.
        beta (float): Of the effective number. Defaults to 0.9999.
        weight_inside_pt (bool): Whether the weight also changes the probability. Defaults to
            False.
        normalizer (str): 'weights' (divide by the sum of the batch's weights) or 'batch'.
            Defaults to 'weights'.
        class_counts (Sequence[int], optional): Training images per class. Defaults to those of
            the training dataset.
        loss_weight (float): Factor of the result. Defaults to 1.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> import torch
        >>> from ltplug.models import ReweightedFocalLoss
        >>> loss = ReweightedFocalLoss(gamma=2.0, scheme='none')
        >>> loss(torch.zeros(2, 2), torch.tensor([0, 1]))  # 0.5^2 * log 2
        tensor(0.1733)
    """

    def __init__(self,
                 gamma: float = 1.0,
                 scheme: str = 'effective',
                 beta: float = 0.9999,
                 weight_inside_pt: bool = False,
                 normalizer: str = 'weights',
                 class_counts: Sequence[int] | None = None,
                 loss_weight: float = 1.0) -> None:
        super().__init__(gamma, scheme, beta, normalizer, class_counts, loss_weight)
        self.weight_inside_pt = weight_inside_pt

    def per_sample_loss(self, logits: torch.Tensor, target: torch.Tensor,
                        statistics: torch.Tensor | None,
                        class_weight: torch.Tensor | None) -> torch.Tensor:
        """Return the focal loss of every sample, float32 [N]."""
        log_prob = logits.log_softmax(dim=1)
        weighted = log_prob if class_weight is None else class_weight * log_prob
        factor = focal_factor(weighted if self.weight_inside_pt else log_prob, self.gamma)
        return -(label_scores(target, logits.shape[1]) * factor * weighted).sum(dim=1)

    def extra_repr(self) -> str:
        """Return the arguments in a line."""
        return f'weight_inside_pt={self.weight_inside_pt}, {super().extra_repr()}'


@MODELS.register_module()
class ClassBalancedSigmoidFocalLoss(_FocalLoss):
    r"""Focal loss of C independent sigmoids, weighted by the effective number of the true class.

    Cui et al., "Class-Balanced Loss Based on Effective Number of Samples", 2019, section 4.3:

    .. math:: L = -w_y \sum_c (1 - p^t_c)^\gamma \log p^t_c, \quad
        p^t_y = \sigma(z_y), \; p^t_c = 1 - \sigma(z_c)

    divided by the batch size. The class with the largest logit is predicted, so the heads of
    mmpretrain serve; their scores are softmax ones. C sigmoids at 0.5 make the first steps large:
    the paper starts the head's bias at :math:`-\log(C - 1)` (``init_cfg`` of the head) and does
    not decay it.

    Args:
        gamma (float): Focusing exponent; 0 gives sigmoid cross-entropy. Defaults to 1 (the paper
            tries 0.5, 1 and 2).
        scheme (str): 'none', 'effective', 'inverse' or 'sqrt'. Defaults to 'effective'.
        beta (float): Of the effective number. Defaults to 0.9999.
        normalizer (str): 'batch' or 'weights' (divide by the sum of the batch's weights).
            Defaults to 'batch'.
        class_counts (Sequence[int], optional): Training images per class. Defaults to those of
            the training dataset.
        loss_weight (float): Factor of the result. Defaults to 1.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> import torch
        >>> from ltplug.models import ClassBalancedSigmoidFocalLoss
        >>> loss = ClassBalancedSigmoidFocalLoss(gamma=1.0, class_counts=[10, 10])
        >>> loss(torch.zeros(2, 2), torch.tensor([0, 1]))  # 2 classes * 0.5 * log 2
        tensor(0.6931)
    """

    def __init__(self,
                 gamma: float = 1.0,
                 scheme: str = 'effective',
                 beta: float = 0.9999,
                 normalizer: str = 'batch',
                 class_counts: Sequence[int] | None = None,
                 loss_weight: float = 1.0) -> None:
        super().__init__(gamma, scheme, beta, normalizer, class_counts, loss_weight)

    def per_sample_loss(self, logits: torch.Tensor, target: torch.Tensor,
                        statistics: torch.Tensor | None,
                        class_weight: torch.Tensor | None) -> torch.Tensor:
        """Return the sum over classes for every sample, float32 [N]."""
        share = label_scores(target, logits.shape[1])
        if class_weight is not None:
            share = share * class_weight
        log_yes, log_no = F.logsigmoid(logits), F.logsigmoid(-logits)
        if_true = -focal_factor(log_yes, self.gamma) * log_yes
        if_false = -focal_factor(log_no, self.gamma) * log_no
        # With weight share_c, c is the label; with the rest of the sample's weight, another is.
        return (share * if_true + (share.sum(dim=1, keepdim=True) - share) * if_false).sum(dim=1)
