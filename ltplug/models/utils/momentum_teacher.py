"""A slowly moving copy of a network."""

import copy
from typing import Any

import torch
from torch import nn


class MomentumTeacher(nn.Module):
    r"""An exponential moving average of a student, from its first step on.

    :math:`\theta_T \leftarrow \tau \theta_T + (1 - \tau) \theta_S` (FASSL, Lin et al. 2023, eq.
    4) on parameters and floating buffers; counters are copied. :math:`\tau = 0` makes the teacher
    equal to the student, :math:`\tau = 1` freezes it. mmengine's ``ExponentialMovingAverage``
    allows neither, and its first step copies the student.

    Args:
        student (nn.Module): The network; it is copied.
        decay (float): :math:`\tau`, in [0, 1]. Defaults to 0.99.

    Raises:
        ValueError: If the decay is out of range.
    """

    def __init__(self, student: nn.Module, decay: float = 0.99) -> None:
        super().__init__()
        if not 0 <= decay <= 1:
            raise ValueError(f'decay must lie in [0, 1], got {decay}.')
        self.decay = decay
        self.module = copy.deepcopy(student).requires_grad_(False)
        self.register_buffer('is_started', torch.tensor(False))
        self._is_known_to_be_started = False

    def forward(self, *args: Any) -> Any:
        """Call the average, without gradient."""
        with torch.no_grad():
            return self.module(*args)

    def check_started(self, owner: nn.Module) -> None:
        """Complain where nobody has started the average.

        Args:
            owner (nn.Module): The model, for the message.

        Raises:
            ValueError: If it has not been started.
        """
        if self._is_known_to_be_started:  # reading a buffer would wait for the GPU at every step
            return
        self._is_known_to_be_started = bool(self.is_started)
        if not self._is_known_to_be_started:
            raise ValueError(f'{type(owner).__name__} has no teacher yet: add default_hooks.'
                             "teacher=dict(type='ltplug.MomentumTeacherHook').")

    def start(self, student: nn.Module) -> None:
        """Become equal to a student whose initial weights have been loaded.

        Args:
            student (nn.Module): The student.
        """
        self.module.load_state_dict(student.state_dict())
        self.is_started.fill_(True)

    @torch.no_grad()
    def follow(self, student: nn.Module) -> None:
        """Move towards the student, after its optimizer has made a step.

        Args:
            student (nn.Module): The student.
        """
        new = student.state_dict()
        pairs = [(value, new[name]) for name, value in self.module.state_dict().items()]
        averaged = [pair for pair in pairs if pair[0].is_floating_point()]
        copied = [pair for pair in pairs if not pair[0].is_floating_point()]
        # all at once: on a GPU the start of a step takes longer than the step
        torch._foreach_lerp_(*map(list, zip(*averaged, strict=True)), 1 - self.decay)
        if copied:
            torch._foreach_copy_(*map(list, zip(*copied, strict=True)))
