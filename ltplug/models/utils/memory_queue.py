"""The queue of past keys that contrastive methods compare with."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from ltplug.utils import gather_rows


class QueueEntries(NamedTuple):
    """What a queue holds, cut off from its later changes.

    Attributes:
        features (Tensor): float32 [Q, D].
        labels (Tensor): int64 [Q]; -1 where unknown or not filled yet.
        indices (Tensor): Positions in the training dataset, int64 [Q]; -1 likewise.
    """

    features: torch.Tensor
    labels: torch.Tensor
    indices: torch.Tensor


class MemoryQueue(nn.Module):
    """A ring of the last keys of all processes, with labels and dataset indices.

    He et al., "Momentum Contrast for Unsupervised Visual Representation Learning", 2020. It stores
    the index of a sample rather than anything that changes about it (such as its cluster), which
    is looked up when it is needed.

    Everything is a buffer, changed in place, and so in the checkpoint. Every rank holds the same
    queue. It starts with random unit vectors, which stay in denominators until they are replaced.

    Args:
        length (int): Entries Q.
        dim (int): Dimension D.

    Raises:
        ValueError: If the length or the dimension is not positive.
    """

    def __init__(self, length: int, dim: int) -> None:
        super().__init__()
        if length < 1 or dim < 1:
            raise ValueError(f'The length and dimension of a queue must be positive, got {length} '
                             f'and {dim}.')
        self.register_buffer('features', F.normalize(torch.randn(length, dim), dim=1))
        self.register_buffer('labels', torch.full((length, ), -1))
        self.register_buffer('indices', torch.full((length, ), -1))
        self.register_buffer('pointer', torch.tensor(0))

    def __len__(self) -> int:
        return len(self.features)

    def entries(self) -> QueueEntries:
        """Return copies of the content, so that a loss can go backward after the next enqueue.

        Returns:
            QueueEntries: In the order of the ring, not of age.
        """
        return QueueEntries(self.features.clone(), self.labels.clone(), self.indices.clone())

    @torch.no_grad()
    def enqueue(self,
                features: torch.Tensor,
                labels: torch.Tensor | None = None,
                indices: torch.Tensor | None = None) -> None:
        """Replace the oldest entries by the rows of all ranks, in the order of ranks.

        Args:
            features (Tensor): [N, D]; N may be above Q, and differ between ranks.
            labels (Tensor, optional): int64 [N]. Defaults to -1.
            indices (Tensor, optional): int64 [N]. Defaults to -1.
        """
        unknown = torch.full((len(features), ), -1, device=features.device)
        rows, _ = gather_rows(features.detach().to(self.features.dtype),
                              unknown if labels is None else labels,
                              unknown if indices is None else indices)
        number = len(rows[0])
        places = (self.pointer + torch.arange(number, device=self.pointer.device)) % len(self)
        last = slice(max(number - len(self), 0), None)  # the others would be overwritten at once
        for buffer, values in zip((self.features, self.labels, self.indices), rows, strict=True):
            buffer.index_copy_(0, places[last], values[last].to(buffer.dtype))
        self.pointer.add_(number).remainder_(len(self))
