"""The temperature of every class, set again and again while features are learned (SBCL)."""

import torch
from torch import nn


class ClassTemperatures(nn.Module):
    """Temperatures of classes, and when they were set.

    They are buffers, so they are in the checkpoint; their number is known once the training data
    are (:meth:`allocate`, by ``ClassTemperatureHook``).
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer('class_temperature', None)
        self.register_buffer('filled_epoch', torch.tensor(-1))

    def allocate(self, num_classes: int, temperature: float) -> None:
        """Make room, before a copy of the model or a checkpoint needs it.

        Args:
            num_classes (int): Number of classes C.
            temperature (float): Of all classes until they are set.
        """
        self.class_temperature = torch.full((num_classes, ), temperature,
                                            device=self.filled_epoch.device)

    @property
    def is_filled(self) -> bool:
        """bool: Whether something has been set."""
        return bool(self.filled_epoch >= 0)

    def fill(self, class_temperature: torch.Tensor, epoch: int) -> None:
        """Take new temperatures.

        Args:
            class_temperature (Tensor): float [C].
            epoch (int): In which they were computed, from 0.
        """
        self.class_temperature.copy_(class_temperature)
        self.filled_epoch.fill_(epoch)
