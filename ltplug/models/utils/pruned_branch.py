"""Layers of a network with a pruned twin that shares its weights (SDCLR)."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ltplug.registry import MODELS


@MODELS.register_module()
class PrunableConv2d(nn.Conv2d):
    """A convolution that uses only its unmasked weights in the pruned branch.

    A layer for ``conv_cfg=dict(type='ltplug.PrunableConv2d')``. Jiang et al., "Self-Damaging
    Contrastive Learning", 2021. The mask is no part of the state: it is a function of the weights
    (:func:`ltplug.ops.magnitude_masks`), so that a plain network loads the checkpoint.

    Args:
        *args: Those of ``torch.nn.Conv2d``.
        **kwargs: Those of ``torch.nn.Conv2d``.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.is_pruned = False
        self.register_buffer('mask', torch.ones_like(self.weight, dtype=torch.bool),
                             persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Convolve.

        Args:
            x (Tensor): [N, C, H, W].

        Returns:
            Tensor: Maps.
        """
        weight = self.weight * self.mask if self.is_pruned else self.weight
        return self._conv_forward(x, weight, self.bias)


class _VectorOrMapNorm(_BatchNorm):
    """Batch norm of vectors [N, C] or maps [N, C, H, W]."""

    def _check_input_dim(self, input: torch.Tensor) -> None:
        if input.ndim not in (2, 4):
            raise ValueError('DualBN takes vectors [N, C] or maps [N, C, H, W], got '
                             f'{tuple(input.shape)}.')


@MODELS.register_module()
class DualBN(_VectorOrMapNorm):
    """Two independent batch norms: one for the dense branch, one for the pruned branch.

    A layer for ``norm_cfg=dict(type='ltplug.DualBN')``. The dense one has the usual names, so a
    plain network loads it; the other is the module ``pruned``.

    Args:
        num_features (int): Channels.
        **kwargs: Those of ``torch.nn.BatchNorm2d``.
    """

    def __init__(self, num_features: int, **kwargs) -> None:
        super().__init__(num_features, **kwargs)
        self.is_pruned = False
        self.pruned = _VectorOrMapNorm(num_features, **kwargs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalise with the statistics of the branch.

        Args:
            x (Tensor): [N, C] or [N, C, H, W].

        Returns:
            Tensor: Of the same shape.
        """
        return self.pruned(x) if self.is_pruned else super().forward(x)


class _SyncNorm(_BatchNorm):
    """Torch's ``SyncBatchNorm``, which a Runner of one process replaces, children too."""

    process_group = None
    forward = nn.SyncBatchNorm.forward
    _check_input_dim = nn.SyncBatchNorm._check_input_dim
    _check_non_zero_input_channels = nn.SyncBatchNorm._check_non_zero_input_channels


@MODELS.register_module()
class DualSyncBN(_SyncNorm):
    """:class:`DualBN` with statistics of the images of all processes.

    What ``sync_bn='torch'`` makes of it (:func:`synchronize_norms`). As torch's ``SyncBatchNorm``,
    it needs GPUs where there are several processes.

    Args:
        num_features (int): Channels.
        **kwargs: Those of ``torch.nn.BatchNorm2d``.
    """

    def __init__(self, num_features: int, **kwargs) -> None:
        super().__init__(num_features, **kwargs)
        self.is_pruned = False
        self.pruned = _SyncNorm(num_features, **kwargs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalise with the statistics of the branch; see :meth:`DualBN.forward`."""
        return self.pruned(x) if self.is_pruned else super().forward(x)


TWIN_LAYERS = (PrunableConv2d, DualBN, DualSyncBN)


@contextmanager
def pruned_branch(model: nn.Module) -> Iterator[None]:
    """Use the pruned branch of a model's convolutions and norms inside the block.

    Args:
        model (nn.Module): The model.
    """
    layers = [module for module in model.modules() if isinstance(module, TWIN_LAYERS)]
    for layer in layers:
        layer.is_pruned = True
    try:
        yield
    finally:
        for layer in layers:
            layer.is_pruned = False


def check_twin_layers(model: nn.Module) -> None:
    """Refuse a model of which some layers would be shared by the branches.

    Args:
        model (nn.Module): The model.

    Raises:
        ValueError: If it has plain convolutions or plain batch norms, recomputes activations, or
            has no convolution that can be pruned.
    """
    inner = {module.pruned for module in model.modules()
             if isinstance(module, DualBN | DualSyncBN)}
    modules = list(model.named_modules())
    for name, module in modules:
        if getattr(module, 'with_cp', False):
            raise ValueError(f'{name} recomputes its activations when the branch is already left: '
                             'set with_cp=False, and checkpoint_activations=True instead.')
        if isinstance(module, nn.Conv2d) and not isinstance(module, PrunableConv2d):
            raise ValueError(f'{name} is a plain convolution, which cannot be pruned: set '
                             "conv_cfg=dict(type='ltplug.PrunableConv2d').")
        is_dual = isinstance(module, DualBN | DualSyncBN) or module in inner
        if isinstance(module, _BatchNorm) and not is_dual:
            raise ValueError(f'{name} is a plain batch norm, which would mix the branches: set '
                             "norm_cfg=dict(type='ltplug.DualBN') or 'ltplug.DualSyncBN'.")
    if not any(isinstance(module, PrunableConv2d) for _, module in modules):
        raise ValueError('The model has no convolution to prune: set '
                         "backbone.conv_cfg=dict(type='ltplug.PrunableConv2d').")
