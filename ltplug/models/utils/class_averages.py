"""Averages of a quantity over the images of each class, for logs."""

import torch

from ltplug.ops import rank_correlation


class ClassAverages:
    """Sums up a quantity of samples by class, since the beginning of an epoch.

    Nothing here waits for a GPU.

    Args:
        num_classes (int): Classes C.
    """

    def __init__(self, num_classes: int) -> None:
        self.epoch: int | None = None
        self.sums = self.counts = torch.zeros(num_classes)

    def add(self, values: torch.Tensor, labels: torch.Tensor, epoch: int | None) -> None:
        """Add samples; those of another epoch are forgotten.

        Args:
            values (Tensor): float [n].
            labels (Tensor): int64 [n]; samples with a negative one do not count.
            epoch (int, optional): The epoch that they are of.
        """
        if epoch != self.epoch or self.sums.device != values.device:
            self.epoch = epoch
            self.sums, self.counts = torch.zeros(2, len(self.sums), device=values.device)
        known = (labels >= 0).float()
        classes = labels.clamp(min=0)
        self.sums = self.sums.index_add(0, classes, values.float() * known)
        self.counts = self.counts.index_add(0, classes, known)

    def correlation_with_frequency(self) -> torch.Tensor:
        """Return the rank correlation of a class's mean with its number of samples.

        Returns:
            Tensor: A scalar in [-1, 1], over the classes seen in the epoch; 0 where there is none.
        """
        return rank_correlation(self.sums / self.counts.clamp(min=1), self.counts, self.counts > 0)
