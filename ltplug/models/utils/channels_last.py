"""Models whose maps have their channels last in memory."""

from typing import Any

import torch
from torch import nn

from .changed_class import mix_in


class _ChannelsLast:
    """Mixin of data preprocessors that give images with channels last in memory."""

    def forward(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        prepared = super().forward(data, training)
        return {**prepared, 'inputs': _converted(prepared['inputs'])}


def _converted(inputs: Any) -> Any:
    if isinstance(inputs, list | tuple):
        return type(inputs)(map(_converted, inputs))
    is_image = isinstance(inputs, torch.Tensor) and inputs.ndim == 4
    return inputs.contiguous(memory_format=torch.channels_last) if is_image else inputs


def use_channels_last(model: nn.Module) -> None:
    """Store the weights, and the images that a model is given, with channels last.

    Shapes, names and results stay, these up to rounding; so do ready features and other inputs that
    are no batches of images.

    Args:
        model (nn.Module): With a ``data_preprocessor``; changed in place.
    """
    model.to(memory_format=torch.channels_last)
    mix_in(model.data_preprocessor, _ChannelsLast)
