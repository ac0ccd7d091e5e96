"""Contrastive losses of two views without labels: NT-Xent, and FASSL's on similarity scores."""

import torch
import torch.nn.functional as F
from torch import nn

from ltplug.ops import full_precision, mean_positive_loss
from ltplug.registry import MODELS
from ltplug.utils import mean_over_ranks

from .contrastive_pairs import batch_pairs
from .supcon_loss import check_positive


@MODELS.register_module()
class NTXentLoss(nn.Module):
    r"""Normalised temperature-scaled cross-entropy of two views (SimCLR).

    Chen et al., "A Simple Framework for Contrastive Learning of Visual Representations", 2020,
    eq. 1:

    .. math:: l_i = -\log \frac{\exp(\cos(z_i, z_i') / \tau)}
        {\sum_{j \ne i} \exp(\cos(z_i, z_j) / \tau)}

    Both views of all images of all processes are anchors and are compared with each other, with
    gradient; the mean over them is returned. Vectors are normalised here.

    Args:
        temperature (float): :math:`\tau`, positive. Defaults to 0.2.
        loss_weight (float): Factor of the result. Defaults to 1.

    Raises:
        ValueError: If the temperature is not positive.

    Example:
        >>> import torch
        >>> from ltplug.models import NTXentLoss
        >>> NTXentLoss()(torch.ones(4, 3), torch.ones(4, 3))  # log 7
        tensor(1.9459)
    """

    def __init__(self, temperature: float = 0.2, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.temperature = check_positive('temperature', temperature)
        self.loss_weight = loss_weight

    def forward(self, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        """Compute the loss, in float32 also under automatic mixed precision.

        Args:
            first (Tensor): Of one view of each image, [N, D].
            second (Tensor): Of the other view, [N, D].

        Returns:
            Tensor: A scalar.

        Raises:
            ValueError: If the shapes differ or are no matrices.
        """
        return mean_over_ranks(self.per_image(first, second)) * self.loss_weight

    def per_image(self, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        """Compute the loss of each image of this rank, the mean over its two views.

        Args:
            first (Tensor): Of one view of each image, [N, D].
            second (Tensor): Of the other view, [N, D].

        Returns:
            Tensor: Without the loss weight, [N].

        Raises:
            ValueError: If the shapes differ or are no matrices.
        """
        if first.ndim != 2 or first.shape != second.shape:
            raise ValueError(f'{type(self).__name__} takes two views [N, D], got '
                             f'{tuple(first.shape)} and {tuple(second.shape)}.')
        views = torch.stack([full_precision(first), full_precision(second)], dim=1)
        views = F.normalize(views, dim=2)
        pairs = batch_pairs(views, torch.zeros(len(views), dtype=torch.int64, device=views.device))
        losses = mean_positive_loss(pairs.similarity / self.temperature, pairs.own_views,
                                    pairs.contrast)
        return losses.unflatten(0, (-1, 2)).mean(dim=1)

    def extra_repr(self) -> str:
        """Return the arguments in a line."""
        return f'temperature={self.temperature}, loss_weight={self.loss_weight}'


@MODELS.register_module()
class ScoreContrastiveLoss(NTXentLoss):
    r"""Contrastive loss of similarity scores to prototypes (FASSL, stage 1).

    Lin et al., "Frequency-Aware Self-Supervised Long-Tailed Learning", 2023, eq. 2: NT-Xent
    (:class:`NTXentLoss`) of :math:`h_i = P z_i`. Scores are neither softmaxed nor shifted. The
    loss is the same for prototypes P, cP, -P and QP with an orthogonal Q, so it fixes neither
    their length nor their sign (:func:`ltplug.ops.align_signs`).

    Args:
        temperature (float): :math:`\beta`, positive. Defaults to 0.2.
        loss_weight (float): Factor of the result. Defaults to 1.

    Raises:
        ValueError: If the temperature is not positive.
    """

    def forward(self, scores: torch.Tensor, scores_prime: torch.Tensor) -> torch.Tensor:
        """Compute the loss, in float32 also under automatic mixed precision.

        Args:
            scores (Tensor): Inner products of one view with the prototypes, [N, K].
            scores_prime (Tensor): Those of the other view, [N, K].

        Returns:
            Tensor: A scalar.

        Raises:
            ValueError: If the shapes differ or are no matrices.
        """
        return super().forward(scores, scores_prime)
