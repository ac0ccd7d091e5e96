"""Mixed precision on any device."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.optim import AmpOptimWrapper
from torch import nn
from torch.amp import GradScaler

from ltplug.models.utils.full_precision_losses import keep_losses_in_full_precision
from ltplug.registry import OPTIM_WRAPPERS

from .epochwise import EpochwiseAccumulation

DTYPES = {'bf16': torch.bfloat16, 'fp16': torch.float16}


def why_not_available(dtype: str, device: str) -> str | None:
    """Tell why a device cannot train in a precision.

    Args:
        dtype (str): 'bf16' or 'fp16'.
        device (str): Its type, 'cpu' or 'cuda'.

    Returns:
        str, optional: A sentence that says what to take instead; None if it can.
    """
    if dtype == 'fp16' and device == 'cpu':
        return ('float16 needs a GPU: on a CPU its convolutions take a hundred times as long '
                "backwards, take precision='bf16'.")
    if dtype == 'bf16' and device == 'cuda' and not torch.cuda.is_bf16_supported(
            including_emulation=False):
        return "This GPU has no bfloat16: take precision='fp16'."
    return None


@OPTIM_WRAPPERS.register_module()
class MixedPrecisionOptimWrapper(EpochwiseAccumulation, AmpOptimWrapper):
    """Runs the forward pass in half precision where that is safe, on a GPU or a CPU.

    mmengine's ``AmpOptimWrapper`` needs an accelerator and scales bfloat16 too, which has the range
    of float32. Weights, their gradients, averages of weights and the optimizer stay float32, and so
    do all losses, those of mmpretrain included
    (:func:`ltplug.models.utils.keep_losses_in_full_precision`). Evaluation is not concerned.

    Usually made from any config by ``precision='bf16'`` or ``precision='fp16'``.

    Args:
        dtype (str): 'bf16', or 'fp16' with scaled losses, on a GPU only. Defaults to 'bf16'.
        loss_scale (float, dict or str): Of 'fp16': a fixed scale, arguments of torch's
            ``GradScaler``, or 'dynamic' for its defaults. Defaults to 'dynamic'.
        use_fsdp (bool): Of 'fp16': whether the model is sharded over processes (FSDP). Defaults to
            False.
        **kwargs: Those of mmengine's ``OptimWrapper``.

    Raises:
        ValueError: If an argument is unknown or the device cannot do it.
    """

    def __init__(self,
                 dtype: str = 'bf16',
                 loss_scale: float | dict[str, Any] | str = 'dynamic',
                 use_fsdp: bool = False,
                 **kwargs) -> None:
        super(AmpOptimWrapper, self).__init__(**kwargs)  # that of AmpOptimWrapper asks for a GPU
        if dtype not in DTYPES:
            raise ValueError(f'dtype must be one of {", ".join(DTYPES)}, got {dtype!r}.')
        self.device = self.optimizer.param_groups[0]['params'][0].device.type
        if reason := why_not_available(dtype, self.device):
            raise ValueError(reason)
        self.cast_dtype = DTYPES[dtype]
        self._scale_update_param = None
        arguments: dict[str, Any] = dict(enabled=dtype == 'fp16')
        if isinstance(loss_scale, dict):
            arguments.update(loss_scale)
        elif isinstance(loss_scale, int | float):
            arguments['init_scale'] = self._scale_update_param = float(loss_scale)
        elif loss_scale != 'dynamic':
            raise ValueError("loss_scale must be a number, a dict of GradScaler's arguments or "
                             f"'dynamic', got {loss_scale!r}.")
        self.loss_scaler = _scaler_class(use_fsdp)(device=self.device, **arguments)

    def initialize_count_status(self, model: nn.Module, init_counts: int,
                                max_counts: int) -> None:
        """Begin to count, and see to the losses of the model, before its first step.

        Args:
            model (nn.Module): The model being trained.
            init_counts (int): Iterations that are done.
            max_counts (int): Iterations of the whole training.
        """
        super().initialize_count_status(model, init_counts, max_counts)
        keep_losses_in_full_precision(model)

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Enable autocast around the forward pass.

        Args:
            model (nn.Module): The model being trained.
        """
        with super(AmpOptimWrapper, self).optim_context(model), \
                torch.autocast(self.device, dtype=self.cast_dtype):
            yield

    def state_dict(self) -> dict[str, Any]:
        """Return the state of the optimizer, and of the scaler where losses are scaled."""
        state = super().state_dict()
        if not self.loss_scaler.is_enabled():
            state.pop('loss_scaler')
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state, of this or another precision.

        Args:
            state_dict (dict): From :meth:`state_dict`, or that of another wrapper.
        """
        if not self.loss_scaler.is_enabled() or not state_dict.get('loss_scaler', True):
            state_dict = {key: value for key, value in state_dict.items() if key != 'loss_scaler'}
        super().load_state_dict(state_dict)


def _scaler_class(is_sharded: bool) -> type[GradScaler]:
    if not is_sharded:
        return GradScaler
    from torch.distributed.fsdp.sharded_grad_scaler import ShardedGradScaler  # not in all builds
    return ShardedGradScaler
