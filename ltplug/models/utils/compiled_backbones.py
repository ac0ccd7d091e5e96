"""Backbones that torch.compile has seen."""

from typing import Any

from torch import nn


def compile_backbones(model: nn.Module, **options: Any) -> int:
    """Let ``torch.compile`` translate the backbone of a model, and all copies of it.

    Everything around it (preprocessing, queues, losses, samples) is data-dependent Python, from
    which little would be gained. Names of parameters and checkpoints stay as they are; copies that
    are made later, such as averages of weights, are not compiled.

    Args:
        model (nn.Module): With a ``backbone``; momentum encoders and teachers may hold others of
            its class. Changed in place.
        **options: Those of ``torch.compile``.

    Returns:
        int: How many backbones there are.

    Raises:
        ValueError: If the model has none.
    """
    backbone = getattr(model, 'backbone', None)
    if not isinstance(backbone, nn.Module):
        raise ValueError(f'compile_backbone compiles the backbone of a model, and '
                         f'{type(model).__name__} has none: leave it out.')
    backbones = [module for module in model.modules() if type(module) is type(backbone)]
    for module in backbones:
        module.compile(**options)
    return len(backbones)
