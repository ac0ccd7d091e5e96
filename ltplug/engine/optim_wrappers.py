"""Optimizer wrappers that mmengine lacks."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper
from torch import nn

from ltplug.registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class BFloat16OptimWrapper(OptimWrapper):
    """Runs the forward pass in bfloat16 where that is safe, on any device.

    mmengine's ``AmpOptimWrapper`` needs an accelerator. bfloat16 has the range of float32, so no
    loss scaling is needed.

    Args:
        **kwargs: Arguments of mmengine's ``OptimWrapper``.
    """

    cast_dtype = torch.bfloat16

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Enable autocast around the forward pass.

        Args:
            model (nn.Module): The model being trained.
        """
        device = next(model.parameters()).device.type
        with super().optim_context(model), torch.autocast(device, dtype=torch.bfloat16):
            yield
