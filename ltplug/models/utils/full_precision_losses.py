"""Losses under mixed precision."""

from typing import Any

import torch
from torch import nn

from ltplug.ops import full_precision

from .changed_class import mix_in


class _InFullPrecision:
    """Mixin of modules that compute in float32 whatever they are given."""

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        args = [_promoted(value) for value in args]
        kwargs = {key: _promoted(value) for key, value in kwargs.items()}
        device = next((value.device.type for value in [*args, *kwargs.values()]
                       if isinstance(value, torch.Tensor)), 'cpu')
        with torch.autocast(device, enabled=False):
            return super().forward(*args, **kwargs)


def _promoted(value: Any) -> Any:
    is_floating = isinstance(value, torch.Tensor) and value.is_floating_point()
    return full_precision(value) if is_floating else value


def keep_losses_in_full_precision(model: nn.Module) -> None:
    """Let the losses of a model compute in float32 under autocast too.

    Those of ltplug do so by themselves. Those of other packages, which heads have as
    ``loss_module``, are given float32 and no autocast from now on: mmpretrain computes cosine
    similarities (BYOL) and the cross-entropy of mixed labels in what comes.

    Args:
        model (nn.Module): Changed in place; names, parameters and results in float32 stay.
    """
    for name, module in model.named_modules():
        is_loss = name.rpartition('.')[2] == 'loss_module'
        if is_loss and type(module).__module__.partition('.')[0] != 'ltplug':
            mix_in(module, _InFullPrecision)
