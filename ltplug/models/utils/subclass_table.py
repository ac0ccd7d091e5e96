"""Which subclass every training sample belongs to (SBCL)."""

import torch
from torch import nn


class SubclassTable(nn.Module):
    """Cluster ids of the training samples and temperatures of their classes.

    Ids are numbered inside each class and keyed by the index in the training dataset. The tables
    are buffers, so they are in the checkpoint; their size is known once the training data are
    (:meth:`allocate`, by ``SubclassClusteringHook``).
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer('cluster_ids', None)
        self.register_buffer('class_temperature', None)
        self.register_buffer('clustered_epoch', torch.tensor(-1))

    def allocate(self, num_samples: int, num_classes: int) -> None:
        """Make room, before a copy of the model or a checkpoint needs it.

        Args:
            num_samples (int): Size of the training dataset N.
            num_classes (int): Number of classes C.
        """
        device = self.clustered_epoch.device
        self.cluster_ids = torch.full((num_samples, ), -1, device=device)
        self.class_temperature = torch.ones(num_classes, device=device)

    @property
    def is_filled(self) -> bool:
        """bool: Whether samples have been clustered."""
        return bool(self.clustered_epoch >= 0)

    def fill(self, cluster_ids: torch.Tensor, class_temperature: torch.Tensor, epoch: int) -> None:
        """Take a new clustering.

        Args:
            cluster_ids (Tensor): int64 [N].
            class_temperature (Tensor): float [C].
            epoch (int): In which it was made, from 0.
        """
        self.cluster_ids.copy_(cluster_ids)
        self.class_temperature.copy_(class_temperature)
        self.clustered_epoch.fill_(epoch)

    def look_up(self, indices: torch.Tensor) -> torch.Tensor:
        """Return the cluster ids of samples.

        Args:
            indices (Tensor): In the training dataset, int64 [n]; -1 for an unknown sample.

        Returns:
            Tensor: int64 [n]; -1 for an unknown sample.
        """
        return torch.where(indices >= 0, self.cluster_ids[indices.clamp(min=0)], -1)
