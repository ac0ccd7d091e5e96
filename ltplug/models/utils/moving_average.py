"""Exponential moving averages that do not hold the GPU up."""

import math
from collections.abc import Callable, Sequence

import torch
from mmengine.logging import MessageHub
from mmengine.model import ExponentialMovingAverage
from mmpretrain.models.utils import CosineEMA
from torch import nn

from ltplug.registry import MODELS


@MODELS.register_module()
class MovingAverage(ExponentialMovingAverage):
    """mmengine's ``ExponentialMovingAverage`` in a few steps for all parameters together.

    mmengine's reads its number of updates off the device in every iteration, which waits until the
    GPU has done all that it has been given, and moves parameter after parameter. Values and names
    in the checkpoint are the same. As the average of a hook:
    ``dict(type='EMAHook', ema_type='ltplug.MovingAverage')``.

    Its arguments are mmengine's: ``model``, ``momentum`` (the weight of the new parameters, in
    (0, 1), 0.0002 by default), ``interval``, ``device`` and ``update_buffers``.
    """

    _known_steps: int | None = None  # what the buffer holds, so that nobody has to read it

    def update_parameters(self, model: nn.Module) -> None:
        """Move towards a model; the first call copies it.

        Args:
            model (nn.Module): Of the same parameters as the average.
        """
        if self._known_steps is None:
            self._known_steps = int(self.steps)
        sources = model.state_dict() if self.update_buffers else dict(model.named_parameters())
        pairs = [(average.data, sources[name].data.to(average.device))
                 for name, average in self.avg_parameters.items()]
        if self._known_steps == 0:
            _at_once(torch._foreach_copy_, pairs)
        elif self._known_steps % self.interval == 0:
            pairs = [pair for pair in pairs if pair[0].is_floating_point()]
            if pairs:  # torch refuses empty lists
                self._move(*map(list, zip(*pairs, strict=True)), self._known_steps)
        if not self.update_buffers:
            _at_once(torch._foreach_copy_, [
                (average.data, source.data.to(average.device)) for average, source in
                zip(self.module.buffers(), model.buffers(), strict=True)])
        self.steps += 1
        self._known_steps += 1

    def _move(self, averages: list[torch.Tensor], sources: list[torch.Tensor],
              steps: int) -> None:
        """Move averages towards new values after so many updates, as ``avg_func`` moves one."""
        torch._foreach_lerp_(averages, sources, self.momentum)

    def _load_from_state_dict(self, *args, **kwargs) -> None:
        self._known_steps = None
        super()._load_from_state_dict(*args, **kwargs)


@MODELS.register_module()
class CosineMovingAverage(MovingAverage, CosineEMA):
    """mmpretrain's ``CosineEMA`` (BYOL), without waiting for a GPU either.

    The momentum falls along a cosine from ``momentum`` (0.004 by default) to ``end_momentum`` (0)
    over the iterations of the training. The other arguments are those of :class:`MovingAverage`.
    """

    def _move(self, averages: list[torch.Tensor], sources: list[torch.Tensor],
              steps: int) -> None:
        max_iters = MessageHub.get_current_instance().get_info('max_iters')
        # the angle in float32, as mmpretrain's, whose number of steps is a tensor
        cosine = (math.cos(math.pi * torch.tensor(steps) / max_iters) + 1) / 2
        momentum = self.end_momentum - (self.end_momentum - self.momentum) * cosine
        torch._foreach_mul_(averages, 1 - momentum)
        torch._foreach_add_(averages, sources, alpha=momentum)


def _at_once(operator: Callable, pairs: Sequence[tuple[torch.Tensor, torch.Tensor]],
             *arguments: float) -> None:
    if pairs:  # torch refuses empty lists
        operator(*map(list, zip(*pairs, strict=True)), *arguments)
