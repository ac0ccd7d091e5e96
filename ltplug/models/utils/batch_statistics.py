"""Batch norm that uses the statistics of a batch and forgets them."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


@contextmanager
def running_statistics_kept(module: nn.Module) -> Iterator[None]:
    """Let batch norm in training mode normalise by batches without following them.

    Layers in evaluation mode go on using their running statistics.

    Args:
        module (nn.Module): Its batch norm layers are meant.
    """
    layers = [layer for layer in module.modules()
              if isinstance(layer, _BatchNorm) and layer.training and layer.track_running_stats]
    for layer in layers:
        layer.track_running_stats = False
    try:
        yield
    finally:
        for layer in layers:
            layer.track_running_stats = True
