"""Which subclass every training sample belongs to (SBCL)."""

import torch

from .class_temperatures import ClassTemperatures


class SubclassTable(ClassTemperatures):
    """Cluster ids of the training samples and temperatures of their classes.

    Ids are numbered inside each class and keyed by the index in the training dataset. Room is made
    by ``SubclassClusteringHook``.
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer('cluster_ids', None)

    def allocate(self, num_classes: int, temperature: float, num_samples: int) -> None:
        """Make room, before a copy of the model or a checkpoint needs it.

        Args:
            num_classes (int): Number of classes C.
            temperature (float): Of all classes until they are set.
            num_samples (int): Size of the training dataset N.
        """
        super().allocate(num_classes, temperature)
        self.cluster_ids = torch.full((num_samples, ), -1, device=self.filled_epoch.device)

    def fill(self, class_temperature: torch.Tensor, epoch: int,
             cluster_ids: torch.Tensor | None = None) -> None:
        """Take new temperatures, and usually a new clustering.

        Args:
            class_temperature (Tensor): float [C].
            epoch (int): In which they were made, from 0.
            cluster_ids (Tensor, optional): int64 [N]. Defaults to those that there are.
        """
        super().fill(class_temperature, epoch)
        if cluster_ids is not None:
            self.cluster_ids.copy_(cluster_ids)

    def look_up(self, indices: torch.Tensor) -> torch.Tensor:
        """Return the cluster ids of samples.

        Args:
            indices (Tensor): In the training dataset, int64 [n]; -1 for an unknown sample.

        Returns:
            Tensor: int64 [n]; -1 for an unknown sample.
        """
        return torch.where(indices >= 0, self.cluster_ids[indices.clamp(min=0)], -1)
