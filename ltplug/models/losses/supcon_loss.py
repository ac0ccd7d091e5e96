"""Supervised contrastive losses of classes: all positives (SCL), or k of them (KCL)."""

import math

import torch
from mmengine.dist import sync_random_seed
from torch import nn

from ltplug.ops import mean_positive_loss, pick_positives
from ltplug.registry import MODELS
from ltplug.utils import mean_over_ranks, rows_before

from .contrastive_pairs import ContrastivePairs, batch_pairs, queue_pairs


def check_positive(name: str, value: float) -> float:
    """Return a number if it is positive and finite, or complain.

    Args:
        name (str): The name of the argument.
        value (float): Its value.

    Returns:
        float: The value.

    Raises:
        ValueError: If it is not.
    """
    if not 0 < value < math.inf:
        raise ValueError(f'{name} must be a positive number, got {value}.')
    return value


@MODELS.register_module()
class KPositiveSupConLoss(nn.Module):
    r"""Supervised contrastive loss with k positives of an anchor's class (KCL).

    Kang et al., "Exploring Balanced Feature Spaces for Representation Learning", 2021; SBCL (Hou
    et al., 2023), eq. 2:

    .. math:: l_s = -\frac{1}{|P|} \sum_{p \in P} \log
        \frac{\exp(s p / \tau)}{\sum_{a \in V} \exp(s a / \tau)}

    P are the anchor's own other views and k vectors of its class, drawn at random without
    replacement; all, where there are fewer, so |P| <= k + 1 with one own view. V is everything the
    anchor is compared with: vectors of its class that were not drawn stay in the denominator. The
    mean over the anchors of all processes is returned; an anchor without positives counts as 0.

    With a queue, anchors are the queries, and V is the own key and the queue. In the batch, every
    view of every image is an anchor, and V is all other vectors of all processes. Features are not
    normalised here: pass unit vectors.

    Args:
        temperature (float): :math:`\tau`, positive. Defaults to 0.07.
        k (int, optional): Drawn positives. 0 leaves the own views only (as MoCo), None takes the
            whole class. Defaults to 6.
        loss_weight (float): Factor of the result. Defaults to 1.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> import torch
        >>> from ltplug.models import KPositiveSupConLoss
        >>> loss = KPositiveSupConLoss(temperature=1.0, k=1)
        >>> one = torch.ones(1, 1)
        >>> loss(one, one, torch.tensor([3]), torch.ones(2, 1), torch.tensor([3, 5]))  # log 3
        tensor(1.0986)
    """

    def __init__(self,
                 temperature: float = 0.07,
                 k: int | None = 6,
                 loss_weight: float = 1.0) -> None:
        super().__init__()
        if k is not None and k < 0:
            raise ValueError(f'k must be at least 0, or None for the whole class, got {k}.')
        self.temperature = check_positive('temperature', temperature)
        self.k = k
        self.loss_weight = loss_weight

    def forward(self,
                query: torch.Tensor,
                key: torch.Tensor | None = None,
                labels: torch.Tensor | None = None,
                queue: torch.Tensor | None = None,
                queue_labels: torch.Tensor | None = None) -> torch.Tensor:
        """Compute the loss, in float32 also under automatic mixed precision.

        Args:
            query (Tensor): [N, D]; or the features of a batch [N, V, D], as in
                ``loss(features, labels)``.
            key (Tensor, optional): [N, D]; or the labels of the batch.
            labels (Tensor, optional): int64 [N].
            queue (Tensor, optional): [Q, D].
            queue_labels (Tensor, optional): int64 [Q]; -1 for unfilled entries, which stay in
                the denominator and are never positive.

        Returns:
            Tensor: A scalar.
        """
        if query.ndim == 3:
            return self.in_batch(query, key if labels is None else labels)
        return self.with_queue(query, key, labels, queue, queue_labels)

    def in_batch(self, features: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Compute the loss inside the joint batch of all processes.

        Args:
            features (Tensor): [N, V, D].
            labels (Tensor): int64 [N].

        Returns:
            Tensor: A scalar.
        """
        return self._loss(batch_pairs(features, labels))

    def with_queue(self, query: torch.Tensor, key: torch.Tensor, labels: torch.Tensor,
                   queue: torch.Tensor, queue_labels: torch.Tensor) -> torch.Tensor:
        """Compute the loss of queries against their keys and a queue; see :meth:`forward`."""
        return self._loss(queue_pairs(query, key, labels, queue, queue_labels))

    def _loss(self, pairs: ContrastivePairs,
              class_temperature: torch.Tensor | None = None) -> torch.Tensor:
        temperature = self._anchor_temperature(pairs, class_temperature)
        losses = mean_positive_loss(pairs.similarity / temperature, self._positives(pairs),
                                    pairs.contrast)
        return mean_over_ranks(losses) * self.loss_weight

    def _anchor_temperature(self, pairs: ContrastivePairs,
                            class_temperature: torch.Tensor | None) -> torch.Tensor | float:
        if class_temperature is None:
            return self.temperature
        return class_temperature[pairs.labels].to(pairs.similarity.dtype)[:, None]

    def _positives(self, pairs: ContrastivePairs) -> torch.Tensor:
        if self.k is None:
            return pairs.same_class
        seed = sync_random_seed()  # IterationSeedHook seeds what it draws from
        others = pairs.same_class & ~pairs.own_views
        return pairs.own_views | pick_positives(others, self.k, seed, rows_before(others))

    def extra_repr(self) -> str:
        """Return the arguments in a line."""
        return f'temperature={self.temperature}, k={self.k}, loss_weight={self.loss_weight}'


@MODELS.register_module()
class SupConLoss(KPositiveSupConLoss):
    r"""Supervised contrastive loss (SCL).

    Khosla et al., "Supervised Contrastive Learning", 2020, eq. 2 (:math:`L_{out}`, without its
    base temperature); SBCL (Hou et al., 2023), eq. 1. It is :class:`KPositiveSupConLoss` with the
    whole class as positives.

    Args:
        temperature (float): Positive. Defaults to 0.1.
        loss_weight (float): Factor of the result. Defaults to 1.

    Raises:
        ValueError: If the temperature is not positive.

    Example:
        >>> import torch
        >>> from ltplug.models import SupConLoss
        >>> SupConLoss(temperature=1.0)(torch.ones(2, 2, 1), torch.tensor([0, 1]))  # log 3
        tensor(1.0986)
    """

    def __init__(self, temperature: float = 0.1, loss_weight: float = 1.0) -> None:
        super().__init__(temperature, None, loss_weight)

    def forward(self,
                features: torch.Tensor,
                labels: torch.Tensor,
                key: torch.Tensor | None = None,
                queue: torch.Tensor | None = None,
                queue_labels: torch.Tensor | None = None) -> torch.Tensor:
        """Compute the loss, in float32 also under automatic mixed precision.

        Args:
            features (Tensor): [N, V, D]; with a queue, ``features[:, 0]`` are the queries.
            labels (Tensor): int64 [N].
            key (Tensor, optional): [N, D], together with a queue.
            queue (Tensor, optional): [Q, D].
            queue_labels (Tensor, optional): int64 [Q]; -1 for unfilled entries.

        Returns:
            Tensor: A scalar.
        """
        if queue is None:
            return self.in_batch(features, labels)
        return self.with_queue(features[:, 0], key, labels, queue, queue_labels)
