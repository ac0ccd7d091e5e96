"""The loss of subclass-balancing contrastive learning (SBCL)."""

import math

import torch
from torch import nn

from ltplug.ops import bi_granularity_terms
from ltplug.registry import MODELS
from ltplug.utils import mean_over_ranks

from .contrastive_pairs import ContrastivePairs, batch_pairs, queue_pairs
from .supcon_loss import check_positive


@MODELS.register_module()
class BiGranularityLoss(nn.Module):
    r"""Contrastive loss of clusters inside classes, and of classes.

    Hou et al., "Subclass-balancing Contrastive Learning for Long-tailed Recognition", 2023, eq. 4:
    the mean over anchors of :math:`fine + \beta \cdot coarse`, see
    :func:`ltplug.ops.bi_granularity_terms`. A class of a single cluster has no coarse term; with
    one cluster in every class the loss is :class:`SupConLoss`. Clusters are matched together with
    their class, so ids may be numbered in each class or over all; -1 equals nothing.

    Features are not normalised here: pass unit vectors.

    Args:
        temperature (float): Of the clusters, :math:`\tau_1`, positive. Defaults to 0.1.
        beta (float): Weight of the coarse term, at least 0. Defaults to 0.2.
        own_view_in_coarse (bool): Whether own views count as coarse positives too, as in the
            released code. Defaults to False.
        loss_weight (float): Factor of the result. Defaults to 1.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> import torch
        >>> from ltplug.models import BiGranularityLoss
        >>> loss = BiGranularityLoss(temperature=1.0, beta=0.5)
        >>> same_class, clusters = torch.tensor([0, 0]), torch.tensor([0, 1])
        >>> loss(torch.ones(2, 2, 1), same_class, clusters, torch.ones(1))  # log 3 + 0.5 log 2
        tensor(1.4452)
    """

    def __init__(self,
                 temperature: float = 0.1,
                 beta: float = 0.2,
                 own_view_in_coarse: bool = False,
                 loss_weight: float = 1.0) -> None:
        super().__init__()
        if not 0 <= beta < math.inf:
            raise ValueError(f'beta must be at least 0, got {beta}.')
        self.temperature = check_positive('temperature', temperature)
        self.beta = beta
        self.own_view_in_coarse = own_view_in_coarse
        self.loss_weight = loss_weight

    def forward(self,
                features: torch.Tensor,
                labels: torch.Tensor,
                cluster_ids: torch.Tensor,
                class_temperature: torch.Tensor,
                key: torch.Tensor | None = None,
                queue: torch.Tensor | None = None,
                queue_labels: torch.Tensor | None = None,
                queue_cluster_ids: torch.Tensor | None = None) -> torch.Tensor:
        """Compute the loss, in float32 also under automatic mixed precision.

        Args:
            features (Tensor): [N, V, D]; with a queue, ``features[:, 0]`` are the queries.
            labels (Tensor): int64 [N].
            cluster_ids (Tensor): int64 [N].
            class_temperature (Tensor): :math:`\\tau_2` of every class, [C].
            key (Tensor, optional): [N, D], together with a queue.
            queue (Tensor, optional): [Q, D].
            queue_labels (Tensor, optional): int64 [Q]; -1 for unfilled entries.
            queue_cluster_ids (Tensor, optional): int64 [Q].

        Returns:
            Tensor: A scalar.
        """
        if queue is None:
            pairs = batch_pairs(features, labels, cluster_ids)
        else:
            pairs = queue_pairs(features[:, 0], key, labels, queue, queue_labels, cluster_ids,
                                queue_cluster_ids)
        fine, coarse = self.terms(pairs, class_temperature)
        return mean_over_ranks(fine + self.beta * coarse) * self.loss_weight

    def terms(self, pairs: ContrastivePairs,
              class_temperature: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return fine and coarse term of every anchor.

        Args:
            pairs (ContrastivePairs): A anchors with classes and clusters.
            class_temperature (Tensor): [C].

        Returns:
            tuple[Tensor, Tensor]: float [A] each.
        """
        return bi_granularity_terms(
            pairs.similarity, pairs.own_views, pairs.same_class, pairs.same_cluster,
            self.temperature, class_temperature[pairs.labels], pairs.contrast,
            self.own_view_in_coarse)

    def extra_repr(self) -> str:
        """Return the arguments in a line."""
        return (f'temperature={self.temperature}, beta={self.beta}, '
                f'loss_weight={self.loss_weight}')
