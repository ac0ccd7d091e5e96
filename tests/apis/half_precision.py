"""Watching where a model computes in half precision."""

from typing import Any

import torch
from torch import nn
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

HALF = (torch.bfloat16, torch.float16)
EXACT = {'_to_copy', '_unsafe_view', 'abs', 'alias', 'amax', 'argmax', 'as_strided', 'cat',
         'clone', 'copy_', 'detach', 'expand', 'gather', 'index', 'permute', 'select', 'slice',
         'split', 'stack', 't', 'transpose', 'unbind', 'unsqueeze', 'view'}
"""Operators that move or choose numbers, and round none."""


class OutsideOfNetworks(TorchDispatchMode):
    """Autocast that collects what computes in half precision outside of backbones, necks and heads.

    Args:
        model (nn.Module): Whose forward pass is run inside the context.
        device (str): Of the model. Defaults to 'cpu'.
        dtype (torch.dtype): Of autocast. Defaults to bfloat16.
    """

    def __init__(self, model: nn.Module, device: str = 'cpu',
                 dtype: torch.dtype = torch.bfloat16) -> None:
        super().__init__()
        self.operators: set[str] = set()
        self.is_used = False
        self._depth = 0
        self._autocast = torch.autocast(device, dtype=dtype)
        for name, module in model.named_modules():
            where = type(module).__module__
            is_network = '.losses.' not in where and not where.startswith('ltplug.models.utils')
            if is_network and module is not model and 'data_preprocessor' not in name:
                module.register_forward_pre_hook(self._enter)
                module.register_forward_hook(self._leave)

    def __enter__(self) -> 'OutsideOfNetworks':
        self._autocast.__enter__()
        return super().__enter__()

    def __exit__(self, *args: Any) -> None:
        super().__exit__(*args)
        self._autocast.__exit__(*args)

    def _enter(self, *args: Any) -> None:
        self._depth += 1

    def _leave(self, *args: Any) -> None:
        self._depth -= 1

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        tensors = [leaf for leaf in pytree.tree_leaves((args, kwargs, result))
                   if isinstance(leaf, torch.Tensor)]
        if any(tensor.dtype in HALF for tensor in tensors):
            self.is_used = True
            name = function.overloadpacket.__name__
            if self._depth == 0 and name not in EXACT:
                self.operators.add(name)
        return result
