"""The loss of FASSL's second stage."""

import torch
import torch.nn.functional as F
from torch import nn

from ltplug.ops import full_precision, rebalancing_weights, similarity_sums
from ltplug.ops.prototypes import SIMILARITIES, check_clip_ratio
from ltplug.registry import MODELS
from ltplug.utils import gather_rows, mean_over_ranks

WEIGHTS = ('prototypes', 'uniform')


@MODELS.register_module()
class RebalancedConsistencyLoss(nn.Module):
    r"""Consistency of student and teacher, in which images far from all prototypes count more.

    Lin et al., "Frequency-Aware Self-Supervised Long-Tailed Learning", 2023, eq. 3:

    .. math:: L = \frac{1}{N} \sum_i \phi(z_i, P)
        \left\| \frac{q_i}{|q_i|} - \frac{z_i}{|z_i|} \right\|^2

    with the weights of :func:`ltplug.ops.prototype_weights`, clipped and normalised in the joint
    batch of all processes. Only the student gets a gradient. With ``phi='uniform'`` all weights
    are 1, which is the loss of BYOL.

    Args:
        phi (str): 'prototypes' or 'uniform'. Defaults to 'prototypes'.
        clip_ratio (float): At least 1, ``inf`` for none. Defaults to 10.
        similarity (str): 'cosine' or 'inner'. Defaults to 'cosine'.
        loss_weight (float): Factor of the result. Defaults to 1.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> import torch
        >>> from ltplug.models import RebalancedConsistencyLoss
        >>> student, teacher = torch.eye(2), torch.eye(2).flip(0)
        >>> RebalancedConsistencyLoss()(student, teacher, torch.ones(3, 2))
        tensor(2.)
    """

    def __init__(self,
                 phi: str = 'prototypes',
                 clip_ratio: float = 10.0,
                 similarity: str = 'cosine',
                 loss_weight: float = 1.0) -> None:
        super().__init__()
        if phi not in WEIGHTS:
            raise ValueError(f'phi must be one of {", ".join(WEIGHTS)}, got {phi!r}.')
        if similarity not in SIMILARITIES:
            raise ValueError(f'similarity must be one of {", ".join(SIMILARITIES)}, got '
                             f'{similarity!r}.')
        self.phi = phi
        self.clip_ratio = check_clip_ratio(clip_ratio)
        self.similarity = similarity
        self.loss_weight = loss_weight

    def forward(self, student: torch.Tensor, teacher: torch.Tensor,
                prototypes: torch.Tensor) -> torch.Tensor:
        """Compute the loss, in float32 also under automatic mixed precision.

        Args:
            student (Tensor): Predictions q, [N, D].
            teacher (Tensor): Features z of another view, [N, D].
            prototypes (Tensor): P, [K, D].

        Returns:
            Tensor: A scalar.
        """
        weights, start = self.joint_weights(teacher, prototypes)
        return self.consistency(student, teacher, weights[start:start + len(teacher)])

    def joint_weights(self, teacher: torch.Tensor,
                      prototypes: torch.Tensor) -> tuple[torch.Tensor, int]:
        """Return the weights of the joint batch of all processes; all ranks must ask.

        Args:
            teacher (Tensor): Features, [N, D].
            prototypes (Tensor): [K, D].

        Returns:
            tuple[Tensor, int]: float32 or float64 [G] in the order of ranks, and which of them is
            this rank's first.
        """
        with torch.autocast(teacher.device.type, enabled=False):
            (sums, ), start = gather_rows(similarity_sums(teacher, prototypes, self.similarity))
            weights = rebalancing_weights(sums, self.clip_ratio)
        if self.phi == 'uniform':
            weights = torch.ones_like(weights)
        return weights.to(full_precision(teacher).dtype), start

    def consistency(self, student: torch.Tensor, teacher: torch.Tensor,
                    weights: torch.Tensor) -> torch.Tensor:
        """Compute the loss with given weights.

        Args:
            student (Tensor): [N, D].
            teacher (Tensor): [N, D].
            weights (Tensor): Of this rank's images, [N].

        Returns:
            Tensor: A scalar.

        Raises:
            ValueError: If the shapes differ.
        """
        if student.shape != teacher.shape:
            raise ValueError('student and teacher must have the same shape, got '
                             f'{tuple(student.shape)} and {tuple(teacher.shape)}.')
        gap = F.normalize(full_precision(student), dim=1) - F.normalize(
            full_precision(teacher.detach()), dim=1)
        return mean_over_ranks(weights * gap.square().sum(dim=1)) * self.loss_weight

    def extra_repr(self) -> str:
        """Return the arguments in a line."""
        return (f'phi={self.phi!r}, clip_ratio={self.clip_ratio}, similarity={self.similarity!r}, '
                f'loss_weight={self.loss_weight}')
