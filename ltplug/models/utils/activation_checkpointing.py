"""Residual blocks whose activations are computed again instead of stored."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from mmpretrain.models.backbones.resnet import BasicBlock, Bottleneck
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.checkpoint import checkpoint

from ltplug.models.backbones.cifar_resnet import CIFARBlock

from .changed_class import mix_in
from .pruned_branch import TWIN_LAYERS

BLOCKS = (BasicBlock, Bottleneck, CIFARBlock)
"""What is computed again, those of ResNeXt and other subclasses included."""


class _Recomputed:
    """Mixin of blocks that keep their input alone, and are computed again for the gradient.

    The second time everything is as it was the first: random numbers and autocast (by torch), the
    branch of a pruned twin, and whether batch norm follows the batch; but its running statistics
    have seen the batch, and stay.
    """

    def forward(self, *args: torch.Tensor) -> torch.Tensor:
        is_learning = any(tensor.requires_grad for tensor in (*args, *self.parameters()))
        if not (is_learning and torch.is_grad_enabled()):
            return super().forward(*args)  # a frozen block would keep its input for nothing
        second_time = _as_it_was(self)
        return checkpoint(super().forward, *args, use_reentrant=False,
                          context_fn=lambda: (nullcontext(), second_time()))


def _as_it_was(block: nn.Module) -> Callable[[], AbstractContextManager]:
    """Return a context in which the layers of a block are as they are now, but learn nothing."""
    twins = [(layer, 'is_pruned') for layer in block.modules() if isinstance(layer, TWIN_LAYERS)]
    norms = [layer for layer in block.modules() if isinstance(layer, _BatchNorm)]
    flags = [(layer, name, getattr(layer, name))
             for layer, name in [*twins, *((norm, 'track_running_stats') for norm in norms)]]

    @contextmanager
    def restored() -> Iterator[None]:
        later = [(layer, name, getattr(layer, name)) for layer, name, _ in flags]
        buffers = [(norm, dict(norm._buffers)) for norm in norms if norm.training]
        for layer, name, value in flags:
            setattr(layer, name, value)
        for norm, tensors in buffers:  # not track_running_stats=False, which torch would notice
            norm._buffers.update({name: tensor if tensor is None else tensor.clone()
                                  for name, tensor in tensors.items()})
        try:
            yield
        finally:
            for norm, tensors in buffers:
                norm._buffers.update(tensors)
            for layer, name, value in later:
                setattr(layer, name, value)

    return restored


def checkpoint_activations(model: nn.Module) -> int:
    """Let the residual blocks of a model store their inputs alone, against a third more computing.

    Losses, gradients and running statistics are those of the model as it was. mmpretrain's
    ``with_cp`` moves running statistics twice, and would go back through another branch of SDCLR
    than it came.

    Args:
        model (nn.Module): With any number of backbones, averaged ones included; changed in place.

    Returns:
        int: How many blocks there are.

    Raises:
        ValueError: If there are none, or ``with_cp`` is on.
    """
    blocks = [(name, module) for name, module in model.named_modules()
              if isinstance(module, BLOCKS)]
    if not blocks:
        backbone = type(getattr(model, 'backbone', model)).__name__
        raise ValueError('checkpoint_activations=True computes the residual blocks of ResNets '
                         f'again, and {backbone} has none: leave it out, or set with_cp of the '
                         'backbone where there is one.')
    for name, block in blocks:
        if getattr(block, 'with_cp', False):
            raise ValueError(f'{name} is computed again twice, by checkpoint_activations=True and '
                             'by with_cp=True: leave with_cp out.')
        mix_in(block, _Recomputed)
    return len(blocks)
