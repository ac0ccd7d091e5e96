"""The linear classifier whose predictions are adjusted for balanced classes."""

from collections.abc import Sequence

import numpy as np
import torch
from mmpretrain.models.heads import LinearClsHead
from mmpretrain.structures import DataSample

from ltplug.models.losses import LogitAdjustedLoss
from ltplug.ops import posthoc_logit_adjustment
from ltplug.ops.logit_adjustment import check_tau
from ltplug.registry import MODELS


@MODELS.register_module()
class LogitAdjustedLinearClsHead(LinearClsHead):
    """Linear head that trains as it is and adjusts its logits when it predicts.

    See :func:`ltplug.ops.posthoc_logit_adjustment`. There is nothing to train for it: a
    checkpoint of ``LinearClsHead`` fits, and the class counts come with it. ``forward`` and the
    loss use the plain logits.

    Args:
        num_classes (int): Number of classes C.
        in_channels (int): Feature dimension D.
        tau (float): Strength of the adjustment, at least 0. Defaults to 1.
        class_counts (Sequence[int], optional): Training images per class. Defaults to what
            ``ClassCountsHook`` finds in the training dataset, or in the checkpoint that is tested.
        **kwargs: ``loss``, ``topk``, ``cal_acc``, ``init_cfg`` of mmpretrain's ``LinearClsHead``.

    Raises:
        ValueError: If tau is out of range, a class has no images, or the loss adjusts the logits
            too.

    Example:
        >>> import torch
        >>> from ltplug.models import LogitAdjustedLinearClsHead
        >>> head = LogitAdjustedLinearClsHead(2, 4, class_counts=[90, 10])
        >>> _ = torch.nn.init.zeros_(head.fc.bias)
        >>> with torch.no_grad():
        ...     head.predict((torch.zeros(1, 4), ))[0].pred_score
        tensor([0.1000, 0.9000])
    """

    def __init__(self,
                 num_classes: int,
                 in_channels: int,
                 tau: float = 1.0,
                 class_counts: Sequence[int] | None = None,
                 **kwargs) -> None:
        super().__init__(num_classes, in_channels, **kwargs)
        if isinstance(self.loss_module, LogitAdjustedLoss):
            raise ValueError(
                f'{type(self).__name__} adjusts the logits at test and its loss '
                f'{type(self.loss_module).__name__} in training, which corrects twice: keep the '
                "loss with type='LinearClsHead', or the head with plain cross-entropy.")
        self.tau = check_tau(tau)
        self.class_counts: list[int] | None = None
        self._counts_are_given = class_counts is not None
        if class_counts is not None:
            self._store_counts(class_counts)

    def set_class_counts(self, class_counts: Sequence[int]) -> None:
        """Take the counts of the training data, unless the constructor was given others.

        Args:
            class_counts (Sequence[int]): Training images per class, [C].

        Raises:
            ValueError: If a class has no images or the number of classes differs.
        """
        if not self._counts_are_given:
            self._store_counts(class_counts)

    def check_class_counts(self) -> None:
        """Complain about missing counts.

        Raises:
            RuntimeError: If there are none.
        """
        if self.class_counts is None:
            raise RuntimeError(
                f'{type(self).__name__} needs the class counts and has none: add '
                'class_counts=dict(type="ltplug.ClassCountsHook") to default_hooks, or pass '
                'class_counts=[...] to the head.')

    def _store_counts(self, class_counts: Sequence[int]) -> None:
        # Adjusting anything complains about bad counts before training, not at the first test.
        posthoc_logit_adjustment(np.zeros(self.num_classes), class_counts, self.tau)
        self.class_counts = [int(count) for count in class_counts]

    def prediction_logits(self, cls_score: torch.Tensor) -> torch.Tensor:
        """Return the adjusted logits of plain ones [N, C]; their softmax are the scores.

        Raises:
            RuntimeError: If there are no class counts.
        """
        self.check_class_counts()
        return posthoc_logit_adjustment(cls_score.float(), self.class_counts, self.tau)

    def _get_predictions(self, cls_score: torch.Tensor,
                         data_samples: list[DataSample] | None) -> list[DataSample]:
        return super()._get_predictions(self.prediction_logits(cls_score), data_samples)
