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
        self._is_filled: bool | None = None  # reading the buffer would wait for the GPU

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
        if self._is_filled is None:
            self._is_filled = bool(self.filled_epoch >= 0)
        return self._is_filled

    def fill(self, class_temperature: torch.Tensor, epoch: int) -> None:
        """Take new temperatures.

        Args:
            class_temperature (Tensor): float [C].
            epoch (int): In which they were computed, from 0.
        """
        self.class_temperature.copy_(class_temperature)
        self.filled_epoch.fill_(epoch)
        self._is_filled = True

    def _load_from_state_dict(self, *args, **kwargs) -> None:
        self._is_filled = None
        super()._load_from_state_dict(*args, **kwargs)
