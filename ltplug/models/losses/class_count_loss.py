"""What all classification losses share that know the class counts."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.dist import all_reduce
from torch import nn

from ltplug.ops.class_weights import SCHEMES, class_weights

NORMALIZERS = ('weights', 'batch')
REDUCTIONS = ('none', 'mean', 'sum')


def label_scores(target: torch.Tensor, num_classes: int) -> torch.Tensor:
    """Return labels as class scores.

    Args:
        target (Tensor): Labels int64 [N], or class scores float [N, C].
        num_classes (int): Number of classes C.

    Returns:
        Tensor: float32 [N, C]; scores as they are, labels one-hot.
    """
    return target if target.ndim == 2 else F.one_hot(target, num_classes).float()


class ClassCountLoss(nn.Module):
    """Cross-entropy on adjusted logits, with a weight per class.

    A subclass says how the class counts change the logits (:meth:`adjust`), or computes another
    loss of each sample (:meth:`per_sample_loss`). The loss of a mixed label (mixup) is the mix of
    the losses of its labels, class weights included, where the subclass says nothing else.

    The mean of a batch is that of mmpretrain, the sum divided by the batch size or by
    ``avg_factor``, also where samples have weights: weights of 0.5 halve it. Only where classes
    are weighted, the sum is divided by the sum of all weights, those of samples included, as torch
    does and the re-weighting papers mean; ``normalizer='batch'`` keeps mmpretrain's divisor there
    too. Heads of mmpretrain always pass ``avg_factor`` (the batch size); it is taken for that and
    no more. The divisor is averaged over ranks, so that unequal shares of a batch weigh every
    sample alike.

    The counts are plain ints, so a copy of the model (EMA) or a checkpoint of other data never
    overrides them.

    Args:
        scheme (str): Class weights: 'none', 'effective', 'inverse' or 'sqrt', see
            :func:`ltplug.ops.class_weights`. Defaults to 'none'.
        beta (float): Of the effective number. Defaults to 0.9999.
        normalizer (str): 'weights' or 'batch'. Defaults to 'weights'.
        class_counts (Sequence[int], optional): Training images per class. Defaults to what
            ``ClassCountsHook`` finds in the training dataset.
        loss_weight (float): Factor of the result. Defaults to 1.

    Raises:
        ValueError: If an argument is out of range.
    """

    needs_class_counts = False
    """Whether the loss cannot be computed without counts even when no class is re-weighted."""

    def __init__(self,
                 scheme: str = 'none',
                 beta: float = 0.9999,
                 normalizer: str = 'weights',
                 class_counts: Sequence[int] | None = None,
                 loss_weight: float = 1.0) -> None:
        super().__init__()
        if normalizer not in NORMALIZERS:
            raise ValueError(f'normalizer must be one of {", ".join(NORMALIZERS)}, got '
                             f'{normalizer!r}.')
        self.normalizer = normalizer
        self.loss_weight = loss_weight
        self.class_counts: list[int] | None = None
        self._counts_are_given = class_counts is not None
        self._per_class: tuple = (None, None)
        self._on_device: dict[torch.device, tuple] = {}
        self.set_reweighting(scheme, beta)
        if class_counts is not None:
            self._store_counts(class_counts)

    def set_class_counts(self, class_counts: Sequence[int]) -> None:
        """Take the counts of the training data, unless the constructor was given others.

        Args:
            class_counts (Sequence[int]): Training images per class, [C].
        """
        if not self._counts_are_given:
            self._store_counts(class_counts)

    def check_class_counts(self) -> None:
        """Complain about missing counts.

        Raises:
            RuntimeError: If the loss needs counts and has none.
        """
        if self.class_counts is None and (self.needs_class_counts or self.scheme != 'none'):
            raise RuntimeError(
                f'{type(self).__name__} needs the class counts and has none: add '
                'class_counts=dict(type="ltplug.ClassCountsHook") to default_hooks, or pass '
                'class_counts=[...] to the loss.')

    def set_reweighting(self, scheme: str, beta: float = 0.9999) -> None:
        """Choose the class weights from now on; deferred re-weighting calls this.

        Args:
            scheme (str): A scheme of :func:`ltplug.ops.class_weights`.
            beta (float): Of the effective number. Defaults to 0.9999.
        """
        if scheme not in SCHEMES:
            raise ValueError(f'scheme must be one of {", ".join(SCHEMES)}, got {scheme!r}.')
        if not 0 <= beta < 1:
            raise ValueError(f'beta must lie in [0, 1), got {beta}.')
        self.scheme, self.beta = scheme, beta
        self._prepare()

    def class_statistics(self) -> np.ndarray | None:
        """Return what :meth:`adjust` needs per class, computed once from the counts, or None."""
        return None

    def adjust(self, logits: torch.Tensor, target: torch.Tensor,
               statistics: torch.Tensor | None) -> torch.Tensor:
        """Return the logits that enter the cross-entropy.

        Args:
            logits (Tensor): float32 [N, C].
            target (Tensor): Labels int64 [N] or class scores float32 [N, C].
            statistics (Tensor, optional): The class statistics, float32 [C].

        Returns:
            Tensor: Adjusted logits, float32 [N, C].
        """
        return logits

    def per_sample_loss(self, logits: torch.Tensor, target: torch.Tensor,
                        statistics: torch.Tensor | None,
                        class_weight: torch.Tensor | None) -> torch.Tensor:
        """Return the loss of every sample, class weights included.

        Args:
            logits (Tensor): float32 [N, C].
            target (Tensor): Labels int64 [N] or class scores float32 [N, C].
            statistics (Tensor, optional): The class statistics, float32 [C].
            class_weight (Tensor, optional): Weight of every class, float32 [C]; None for 1.

        Returns:
            Tensor: float32 [N].
        """
        logits = self.adjust(logits, target, statistics)
        return F.cross_entropy(logits, target, weight=class_weight, reduction='none')

    def forward(self,
                cls_score: torch.Tensor,
                label: torch.Tensor,
                weight: torch.Tensor | None = None,
                avg_factor: float | torch.Tensor | None = None,
                reduction_override: str | None = None) -> torch.Tensor:
        """Compute the loss, in float32 also under automatic mixed precision.

        Args:
            cls_score (Tensor): Logits, [N, C].
            label (Tensor): Labels int64 [N], or class scores [N, C] (mixup).
            weight (Tensor, optional): Weight per sample, [N].
            avg_factor (float or Tensor, optional): Number of samples, as heads pass it; the
                divisor where no class is weighted, and with ``normalizer='batch'``. Defaults to N.
            reduction_override (str, optional): 'none', 'mean' (default) or 'sum'.

        Returns:
            Tensor: A scalar, or [N] for 'none'.

        Raises:
            RuntimeError: If counts are needed and were never set.
            ValueError: If shapes or the reduction do not fit.
        """
        reduction = 'mean' if reduction_override is None else reduction_override
        if reduction not in REDUCTIONS:
            raise ValueError(f'reduction must be one of {", ".join(REDUCTIONS)}, got '
                             f'{reduction!r}.')
        if label.shape not in (cls_score.shape, cls_score.shape[:1]):
            raise ValueError(f'{type(self).__name__} takes labels [N] or class scores [N, C] with '
                             f'logits [N, C], got labels {tuple(label.shape)} with logits '
                             f'{tuple(cls_score.shape)}.')
        logits = cls_score.float()
        target = label.float() if label.ndim == 2 else label.long()
        statistics, class_weight = self._tensors(logits)
        losses = self.per_sample_loss(logits, target, statistics, class_weight)
        sample_weight = losses.new_ones(len(losses)) if weight is None else weight.float()
        losses = losses * sample_weight * self.loss_weight
        if reduction == 'none':
            return losses
        if reduction == 'sum':
            return losses.sum()
        if self.normalizer == 'batch' or class_weight is None:
            total = len(losses) if avg_factor is None else avg_factor
            total = total.detach().to(losses, copy=True) if isinstance(total, torch.Tensor) else \
                losses.new_full((), total)
        else:
            soft = target.ndim == 2
            # not target @ class_weight: mixed precision would round the product
            per_sample = (target * class_weight).sum(dim=1) if soft else class_weight[target]
            total = (per_sample * sample_weight).sum()
        all_reduce(total, op='mean')
        return losses.sum() / total.clamp(min=torch.finfo(total.dtype).tiny)

    def _store_counts(self, class_counts: Sequence[int]) -> None:
        self.class_counts = [int(count) for count in class_counts]
        self._prepare()

    def _prepare(self) -> None:
        """Compute statistics and weights, which complains about bad counts before training."""
        self._on_device.clear()
        if self.class_counts is None:
            return
        weights = None
        if self.scheme != 'none':
            weights = class_weights(np.array(self.class_counts), self.scheme, self.beta)
        self._per_class = self.class_statistics(), weights

    def _tensors(self, logits: torch.Tensor) -> tuple[torch.Tensor | None, torch.Tensor | None]:
        """Return class statistics and weights on the device of the logits, None where unused."""
        self.check_class_counts()
        if self.class_counts is None:
            return None, None
        if logits.shape[1] != len(self.class_counts):
            raise ValueError(f'{type(self).__name__} has counts of {len(self.class_counts)} '
                             f'classes but the head gives {logits.shape[1]} scores: make '
                             'num_classes equal.')
        if logits.device not in self._on_device:
            self._on_device[logits.device] = tuple(
                None if values is None else logits.new_tensor(values)
                for values in self._per_class)
        return self._on_device[logits.device]

    def extra_repr(self) -> str:
        """Return the arguments in a line."""
        return (f'scheme={self.scheme!r}, beta={self.beta}, normalizer={self.normalizer!r}, '
                f'loss_weight={self.loss_weight}')
