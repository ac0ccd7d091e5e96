"""The losses of all training images (BCL)."""

import torch
from torch import nn

from ltplug.ops import memorization_strengths
from ltplug.utils import gather_rows


class LossMemory(nn.Module):
    """A moving average of every image's loss, keyed by its index in the training dataset.

    The table is a buffer, so it is in the checkpoint; its size is known once the training data are
    (:meth:`allocate`). Every rank holds the same.

    Args:
        momentum (float): Weight of the past, in [0, 1). Defaults to 0.97.

    Raises:
        ValueError: If the momentum is out of range.
    """

    def __init__(self, momentum: float = 0.97) -> None:
        super().__init__()
        if not 0 <= momentum < 1:
            raise ValueError(f'momentum must lie in [0, 1), got {momentum}.')
        self.momentum = momentum
        self.register_buffer('losses', torch.zeros(0))

    def allocate(self, num_samples: int) -> None:
        """Make room, before a copy of the model or a checkpoint needs it.

        Args:
            num_samples (int): Size of the training dataset N.
        """
        self.losses = torch.full((num_samples, ), torch.nan, device=self.losses.device)

    @torch.no_grad()
    def update(self, indices: torch.Tensor, losses: torch.Tensor) -> None:
        """Remember the losses of the samples of all ranks; the first of a sample is taken as it is.

        Args:
            indices (Tensor): In the training dataset, int64 [n].
            losses (Tensor): [n].
        """
        (indices, losses), _ = gather_rows(indices, losses.detach().float())
        before = self.losses[indices]
        mixed = self.momentum * before + (1 - self.momentum) * losses
        self.losses[indices] = torch.where(before.isnan(), losses, mixed)

    def strengths(self) -> torch.Tensor:
        """Return how strongly every image is to be augmented.

        Returns:
            Tensor: float32 [N] in [0, 1].
        """
        return memorization_strengths(self.losses)
