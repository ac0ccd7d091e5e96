"""Averages of a quantity over the images of each class, for logs."""

import torch

from ltplug.ops import rank_correlation


class ClassAverages:
    """Sums up a quantity of samples by class, since the beginning of an epoch."""

    def __init__(self) -> None:
        self.epoch: int | None = None
        self.sums = self.counts = torch.zeros(0)

    def add(self, values: torch.Tensor, labels: torch.Tensor, epoch: int | None) -> None:
        """Add samples; those of another epoch are forgotten.

        Args:
            values (Tensor): float [n].
            labels (Tensor): int64 [n].
            epoch (int, optional): The epoch that they are of.
        """
        if epoch != self.epoch:
            self.epoch = epoch
            self.sums = self.counts = torch.zeros(0, device=values.device)
        length = max(len(self.sums), int(labels.max()) + 1)
        room = (0, length - len(self.sums))
        self.sums = torch.nn.functional.pad(self.sums, room).index_add(0, labels, values.float())
        self.counts = torch.nn.functional.pad(self.counts, room) + torch.bincount(
            labels, minlength=length)

    def correlation_with_frequency(self) -> torch.Tensor:
        """Return the rank correlation of a class's mean with its number of samples.

        Returns:
            Tensor: A scalar in [-1, 1], over the classes seen in the epoch.
        """
        seen = self.counts > 0
        return rank_correlation(self.sums[seen] / self.counts[seen], self.counts[seen])
