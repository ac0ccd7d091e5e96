"""The supervised contrastive loss with targets of classes (TSC)."""

import math

import torch

from ltplug.ops import mean_positive_loss, similarities
from ltplug.registry import MODELS
from ltplug.utils import mean_over_ranks

from .contrastive_pairs import ContrastivePairs, batch_pairs, queue_pairs
from .supcon_loss import KPositiveSupConLoss


@MODELS.register_module()
class TargetedSupConLoss(KPositiveSupConLoss):
    r"""KCL with a fixed target point for every class (TSC).

    Li et al., "Targeted Supervised Contrastive Learning for Long-tailed Recognition", 2022, and
    its supplement: with C targets in the denominator of both terms,

    .. math:: l_s = -\frac{1}{|P|} \sum_{p \in P} \log p(p) - \lambda \log p(c^*_y), \quad
        p(a) = \frac{\exp(s a / \tau)}{\sum_{b \in V \cup C} \exp(s b / \tau)}

    The released code divides both terms by |P| + 1, which weakens the second to
    :math:`\lambda / (|P| + 1)`: ``divide_target_by_count=True``.

    With temperatures of classes, as SBCL (Hou et al., 2023, section 4.5) tries with TSC, an anchor
    is compared with everything at the temperature of its class y instead of :math:`\tau`.

    Args:
        temperature (float): Positive. Defaults to 0.07.
        k (int, optional): Drawn positives, see :class:`KPositiveSupConLoss`. Defaults to 6.
        targets (Tensor or list, optional): Row c is the target of class c, [C, D]. Without it,
            targets come with each call.
        target_weight (float): :math:`\lambda`, at least 0. Defaults to 0.2.
        divide_target_by_count (bool): Whether to weigh the terms as the released code does.
            Defaults to False.
        loss_weight (float): Factor of the result. Defaults to 1.

    Raises:
        ValueError: If an argument is out of range.
    """

    def __init__(self,
                 temperature: float = 0.07,
                 k: int | None = 6,
                 targets: torch.Tensor | list | None = None,
                 target_weight: float = 0.2,
                 divide_target_by_count: bool = False,
                 loss_weight: float = 1.0) -> None:
        super().__init__(temperature, k, loss_weight)
        if not 0 <= target_weight < math.inf:
            raise ValueError(f'target_weight must be at least 0, got {target_weight}.')
        self.target_weight = target_weight
        self.divide_target_by_count = divide_target_by_count
        self.register_buffer(
            'targets', None if targets is None else torch.as_tensor(targets), persistent=False)

    def forward(self,
                query: torch.Tensor,
                key: torch.Tensor | None = None,
                labels: torch.Tensor | None = None,
                queue: torch.Tensor | None = None,
                queue_labels: torch.Tensor | None = None,
                targets: torch.Tensor | None = None,
                class_temperature: torch.Tensor | None = None) -> torch.Tensor:
        """Compute the loss; see :meth:`KPositiveSupConLoss.forward`.

        Args:
            query (Tensor): [N, D]; or the features of a batch [N, V, D], as in
                ``loss(features, labels, targets=targets)``.
            key (Tensor, optional): [N, D]; or the labels of the batch.
            labels (Tensor, optional): int64 [N].
            queue (Tensor, optional): [Q, D].
            queue_labels (Tensor, optional): int64 [Q].
            targets (Tensor, optional): Row c is the target of class c, [C, D]. Defaults to the
                constructor's; without any the loss is that of KCL (its warm-up).
            class_temperature (Tensor, optional): Temperature of every class, positive, [C].
                Defaults to the constructor's one for all.

        Returns:
            Tensor: A scalar.
        """
        if query.ndim == 3:
            return self.in_batch(query, key if labels is None else labels, targets,
                                 class_temperature)
        return self.with_queue(query, key, labels, queue, queue_labels, targets, class_temperature)

    def in_batch(self, features: torch.Tensor, labels: torch.Tensor,
                 targets: torch.Tensor | None = None,
                 class_temperature: torch.Tensor | None = None) -> torch.Tensor:
        """Compute the loss inside the joint batch of all processes; see :meth:`forward`."""
        return self._targeted_loss(batch_pairs(features, labels), features.flatten(0, 1), targets,
                                   class_temperature)

    def with_queue(self, query: torch.Tensor, key: torch.Tensor, labels: torch.Tensor,
                   queue: torch.Tensor, queue_labels: torch.Tensor,
                   targets: torch.Tensor | None = None,
                   class_temperature: torch.Tensor | None = None) -> torch.Tensor:
        """Compute the loss of queries against keys, a queue and targets; see :meth:`forward`."""
        pairs = queue_pairs(query, key, labels, queue, queue_labels)
        return self._targeted_loss(pairs, query, targets, class_temperature)

    def _targeted_loss(self, pairs: ContrastivePairs, anchors: torch.Tensor,
                       targets: torch.Tensor | None,
                       class_temperature: torch.Tensor | None) -> torch.Tensor:
        targets = self.targets if targets is None else targets
        if targets is None:
            return self._loss(pairs, class_temperature)
        class_positives = self._positives(pairs)
        to_targets = similarities(anchors, targets.detach())
        classes = torch.arange(len(targets), device=anchors.device)
        own_target = pairs.labels[:, None] == classes
        logits = torch.cat([pairs.similarity, to_targets], dim=1)
        logits = logits / self._anchor_temperature(pairs, class_temperature)
        contrast = None
        if pairs.contrast is not None:
            contrast = torch.cat([pairs.contrast, torch.ones_like(own_target)], dim=1)
        none = torch.zeros_like(own_target)
        class_loss = mean_positive_loss(
            logits, torch.cat([class_positives, none], dim=1), contrast)
        target_loss = mean_positive_loss(
            logits, torch.cat([torch.zeros_like(class_positives), own_target], dim=1), contrast)
        losses = class_loss + self.target_weight * target_loss
        if self.divide_target_by_count:
            number = class_positives.sum(dim=1)
            losses = (class_loss * number + self.target_weight * target_loss) / (number + 1)
        return mean_over_ranks(losses) * self.loss_weight

    def extra_repr(self) -> str:
        """Return the arguments in a line."""
        return f'{super().extra_repr()}, target_weight={self.target_weight}'
