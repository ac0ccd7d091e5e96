"""The losses of decoupled contrastive learning (DSCL) and patch-based self distillation (PBSD)."""

from typing import NamedTuple

import torch
from torch import nn

from ltplug.ops import (
    decoupled_targets,
    distillation_terms,
    gradient_ratio,
    key_and_queue_similarities,
    soft_target_cross_entropy,
)
from ltplug.ops.decoupled import EMPTY_POSITIVES
from ltplug.registry import MODELS
from ltplug.utils import mean_over_ranks

from .contrastive_pairs import batch_and_queue_pairs, queue_pairs
from .supcon_loss import check_positive


class _Distributions(NamedTuple):
    """Logits of anchors over what they are compared with, and what they should be, [A, K]."""

    logits: torch.Tensor
    targets: torch.Tensor
    own_key: torch.Tensor
    positives: torch.Tensor


@MODELS.register_module()
class DecoupledSupConLoss(nn.Module):
    r"""Supervised contrastive loss with a fixed share for the own key (DSCL).

    Xuan and Zhang, "Decoupled Contrastive Learning for Long-Tailed Recognition", 2024, eq. 8-9, as
    the cross-entropy with a target distribution over the own key and the queue M:

    .. math:: L = -\alpha \log p(z^+) - \frac{1 - \alpha}{|P|} \sum_{t \in P} \log p(z_t), \quad
        p(z_t) = \frac{\exp(z_t z / \tau)}{\sum_{m \in \{z^+\} \cup M} \exp(z_m z / \tau)}

    P are the entries of the anchor's class. However many there are, the optimal p of the own key is
    :math:`\alpha`. ``alpha=None`` is SCL, :math:`\alpha = 1 / (|P| + 1)`; ``alpha=1`` is MoCo. The
    mean over the anchors of all processes is returned. Features are not normalised here: pass unit
    vectors.

    Args:
        temperature (float): :math:`\tau`, positive. Defaults to 0.07.
        alpha (float, optional): Share of the own key, in [0, 1]; None for SCL. Defaults to 0.1
            (the released code: 1/9).
        empty_positive (str): What an anchor with empty P does, where eq. 9 divides by 0.
            'infonce': it has its own key as the only positive, as in the released code; 'outside':
            the same times alpha; 'skip': it counts as 0; 'literal': eq. 8 by its letters, whose
            minimum pushes the own key away. Defaults to 'infonce'.
        in_batch (bool): Whether the keys and the other queries of the batch are compared too, and
            in P where they have the class, as in the released code (there of the own process only,
            here of all). Defaults to False.
        loss_weight (float): Factor of the result. Defaults to 1.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> import torch
        >>> from ltplug.models import DecoupledSupConLoss
        >>> loss = DecoupledSupConLoss(temperature=1.0)
        >>> one = torch.ones(1, 1)
        >>> loss(one, one, torch.tensor([3]), torch.ones(2, 1), torch.tensor([3, 5]))  # log 3
        tensor(1.0986)
    """

    def __init__(self,
                 temperature: float = 0.07,
                 alpha: float | None = 0.1,
                 empty_positive: str = 'infonce',
                 in_batch: bool = False,
                 loss_weight: float = 1.0) -> None:
        super().__init__()
        if alpha is not None and not 0 <= alpha <= 1:
            raise ValueError(f'alpha must lie in [0, 1], or be None for SCL, got {alpha}.')
        if empty_positive not in EMPTY_POSITIVES:
            raise ValueError(f'empty_positive must be one of {", ".join(EMPTY_POSITIVES)}, got '
                             f'{empty_positive!r}.')
        self.temperature = check_positive('temperature', temperature)
        self.alpha = alpha
        self.empty_positive = empty_positive
        self.in_batch = in_batch
        self.loss_weight = loss_weight

    def forward(self, query: torch.Tensor, key: torch.Tensor, labels: torch.Tensor,
                queue: torch.Tensor, queue_labels: torch.Tensor) -> torch.Tensor:
        """Compute the loss, in float32 also under automatic mixed precision.

        Args:
            query (Tensor): [N, D].
            key (Tensor): The other view of each image, [N, D]; gets no gradient.
            labels (Tensor): int64 [N].
            queue (Tensor): [Q, D].
            queue_labels (Tensor): int64 [Q]; -1 for unfilled entries, which stay in the
                denominator and are never positive.

        Returns:
            Tensor: A scalar.
        """
        return mean_over_ranks(
            self.per_anchor(query, key, labels, queue, queue_labels)) * self.loss_weight

    def with_queue(self, query: torch.Tensor, key: torch.Tensor, labels: torch.Tensor,
                   queue: torch.Tensor, queue_labels: torch.Tensor) -> torch.Tensor:
        """Compute the loss of queries against their keys and a queue; see :meth:`forward`."""
        return self(query, key, labels, queue, queue_labels)

    def per_anchor(self, *args: torch.Tensor) -> torch.Tensor:
        """Return the loss of every anchor.

        Args:
            *args (Tensor): As :meth:`forward`.

        Returns:
            Tensor: float [N].
        """
        found = self._distributions(*args)
        losses = soft_target_cross_entropy(found.logits, found.targets)
        if self.empty_positive == 'literal':
            missing = 1 - found.targets.sum(dim=1)
            losses = losses + missing * found.logits.logsumexp(dim=1)
        return losses

    @torch.no_grad()
    def gradient_ratio(self, *args: torch.Tensor) -> torch.Tensor:
        """Return how hard each anchor is pulled to its own key, relative to its class.

        Args:
            *args (Tensor): As :meth:`forward`.

        Returns:
            Tensor: float [N], see :func:`ltplug.ops.gradient_ratio`.
        """
        found = self._distributions(*args)
        return gradient_ratio(found.logits.softmax(dim=1), found.targets, found.own_key,
                              found.positives)

    def _distributions(self, *args: torch.Tensor) -> _Distributions:
        pairs = (batch_and_queue_pairs if self.in_batch else queue_pairs)(*args)
        logits = pairs.similarity / self.temperature
        if pairs.contrast is not None:
            logits = logits.masked_fill(~pairs.contrast, torch.finfo(logits.dtype).min)
        positives = pairs.same_class & ~pairs.own_views
        targets = decoupled_targets(pairs.own_views, positives, self.alpha, self.empty_positive,
                                    logits.dtype)
        return _Distributions(logits, targets, pairs.own_views, positives)

    def extra_repr(self) -> str:
        """Return the arguments in a line."""
        return (f'temperature={self.temperature}, alpha={self.alpha}, '
                f'empty_positive={self.empty_positive!r}, in_batch={self.in_batch}, '
                f'loss_weight={self.loss_weight}')


@MODELS.register_module()
class PatchDistillationLoss(nn.Module):
    r"""Cross-entropy of what crops resemble with what patches of the feature map resemble (PBSD).

    Xuan and Zhang, "Decoupled Contrastive Learning for Long-Tailed Recognition", 2024, eq. 12-14.
    Both distributions are over the key of the whole image and the queue M:

    .. math:: L = -\frac{1}{L} \sum_{j=1}^L \sum_{t \in \{z^+\} \cup M} p(z_t | c_j)
        \log p(z_t | s_j)

    The teacher :math:`p(\cdot | c_j)` gets no gradient. The smallest value is its entropy, not 0.
    The mean over the patches of all processes is returned. Features are not normalised here: pass
    unit vectors.

    Args:
        temperature (float): Of both distributions, positive. Defaults to 0.07.
        loss_weight (float): Factor of the result (1.5 in the paper). Defaults to 1.

    Raises:
        ValueError: If the temperature is not positive.
    """

    def __init__(self, temperature: float = 0.07, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.temperature = check_positive('temperature', temperature)
        self.loss_weight = loss_weight

    def forward(self, patch_features: torch.Tensor, crop_features: torch.Tensor,
                key: torch.Tensor, queue: torch.Tensor) -> torch.Tensor:
        """Compute the loss, in float32 also under automatic mixed precision.

        Args:
            patch_features (Tensor): Features c of patches, the teacher, [N, L, D].
            crop_features (Tensor): Features s of crops, the student, [N, L, D].
            key (Tensor): Keys of the images, [N, D].
            queue (Tensor): [Q, D].

        Returns:
            Tensor: A scalar.

        Raises:
            ValueError: If the shapes do not fit.
        """
        return self.with_divergence(patch_features, crop_features, key, queue)[0]

    def with_divergence(self, patch_features: torch.Tensor, crop_features: torch.Tensor,
                        key: torch.Tensor,
                        queue: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute the loss, and how far it is above its floor.

        Args:
            patch_features (Tensor): As :meth:`forward`.
            crop_features (Tensor): As :meth:`forward`.
            key (Tensor): As :meth:`forward`.
            queue (Tensor): As :meth:`forward`.

        Returns:
            tuple[Tensor, Tensor]: The loss and, without weight and gradient, the mean
            Kullback-Leibler divergence of teacher and student.
        """
        cross_entropy, entropy = self.terms(patch_features, crop_features, key, queue)
        divergence = mean_over_ranks((cross_entropy.detach() - entropy).flatten())
        return mean_over_ranks(cross_entropy.flatten()) * self.loss_weight, divergence

    def terms(self, patch_features: torch.Tensor, crop_features: torch.Tensor, key: torch.Tensor,
              queue: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the cross-entropy of every patch and the entropy of its teacher.

        Args:
            patch_features (Tensor): As :meth:`forward`.
            crop_features (Tensor): As :meth:`forward`.
            key (Tensor): As :meth:`forward`.
            queue (Tensor): As :meth:`forward`.

        Returns:
            tuple[Tensor, Tensor]: float [N, L] each.
        """
        if (crop_features.ndim != 3 or patch_features.shape != crop_features.shape
                or key.shape != crop_features[:, 0].shape or queue.ndim != 2):
            raise ValueError(
                'The distillation takes patch_features [N, L, D], crop_features [N, L, D], key '
                f'[N, D] and queue [Q, D], got {tuple(patch_features.shape)}, '
                f'{tuple(crop_features.shape)}, {tuple(key.shape)} and {tuple(queue.shape)}.')
        candidates = key.detach()[:, None], queue.detach()
        teacher, student = (key_and_queue_similarities(features, *candidates) / self.temperature
                            for features in (patch_features.detach(), crop_features))
        return distillation_terms(teacher, student)

    def extra_repr(self) -> str:
        """Return the arguments in a line."""
        return f'temperature={self.temperature}, loss_weight={self.loss_weight}'
