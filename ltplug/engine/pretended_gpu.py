"""A pretended GPU: what a real one would be asked to do, counted on a machine without any.

Tensors on torch's 'meta' device have shapes and no values, so a model that is moved there trains as
on a GPU, without result. What comes back to the CPU is made up: ones for single numbers, zeros for
tensors, half of the elements where the size depends on values. Example::

    with pretended_gpu() as gpu:
        model.to(gpu.device)
        model.data_preprocessor(batch, training=True)
    assert gpu.launched < 30 and not gpu.waits
"""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from ltplug.ops.packing import COPIED_ASIDE

aten = torch.ops.aten
PACKAGES = ('ltplug', 'mmpretrain', 'mmengine')
NOT_NAMED = ('ltplug.engine.pretended_gpu', 'ltplug.utils.stopwatch')
# Operators that only allocate memory or look at it in another way.
WITHOUT_KERNEL = ('empty', 'detach', 'view', 'alias', '_unsafe_view', 'is_pinned', 'sym_',
                  'lift_fresh', 'resize_', 'set_', 'is_same')


@dataclass(frozen=True)
class Upload:
    """A copy from the CPU to the GPU."""

    place: str
    nbytes: int
    non_blocking: bool
    pinned: bool

    @property
    def waits(self) -> bool:
        """Whether the processor waits until the GPU has done all earlier work."""
        return not self.non_blocking or (self.nbytes > COPIED_ASIDE and not self.pinned)


class PretendedGPU(TorchDispatchMode):
    """Counts operators on the device 'meta' while it is active.

    Attributes:
        launches (Counter): Operators that a GPU would run, by name; copies count.
        places (Counter): The same by the lines of code that ask for them.
        waits (Counter): What makes the processor wait for values, by (operator, lines of code).
        uploads (list[Upload]): Copies from the CPU.
    """

    device = torch.device('meta')

    def __init__(self) -> None:
        super().__init__()
        self._pinned: list[torch.Tensor] = []
        self.reset()

    def reset(self) -> None:
        """Forget what was counted."""
        self.launches: Counter[str] = Counter()
        self.places: Counter[str] = Counter()
        self.waits: Counter[tuple[str, str]] = Counter()
        self.uploads: list[Upload] = []

    @property
    def launched(self) -> int:
        """The number of launches."""
        return self.launches.total()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None) -> Any:
        """Count an operator and run it, or make its result up."""
        kwargs = kwargs or {}
        tensors = [each for each in tree_leaves((args, kwargs)) if isinstance(each, torch.Tensor)]
        goes = kwargs.get('device')
        goes = goes is not None and torch.device(goes).type
        if func is aten._pin_memory.default:
            self._pinned.append(args[0].clone())
            return self._pinned[-1]
        if not any(each.is_meta for each in tensors) and goes != 'meta':
            return func(*args, **kwargs)
        place = _place()
        if goes == 'cpu' or func in MADE_UP or _masks(func, args):
            self.waits[func.__name__, place] += 1
            if goes == 'cpu':
                return torch.zeros(args[0].shape, dtype=kwargs.get('dtype') or args[0].dtype)
            return MADE_UP.get(func, _of_mask)(*args, **kwargs)
        if func is aten.copy_.default and not args[0].is_meta:
            self.waits[func.__name__, place] += 1
            return args[0]
        if func in (aten._to_copy.default, aten.copy_.default):
            self._note_upload(tensors[-1], bool(
                kwargs.get('non_blocking') or (len(args) > 2 and args[2])), place)
        elif any(not each.is_meta and each.numel() > 1 for each in tensors):
            self.waits[f'{func.__name__} of values on the CPU', place] += 1  # it copies them first
        if not _without_kernel(func):
            self.launches[func.__name__] += 1
            self.places[place] += 1
        return func(*args, **kwargs)

    def _note_upload(self, source: torch.Tensor, non_blocking: bool, place: str) -> None:
        if not source.is_meta:
            memory = source.untyped_storage().data_ptr()
            pinned = any(memory == each.untyped_storage().data_ptr() for each in self._pinned)
            self.uploads.append(Upload(place, source.nbytes, non_blocking, pinned))


@contextmanager
def pretended_gpu() -> Iterator[PretendedGPU]:
    """Count what is done on the device 'meta'; autocast and pinned memory work for it."""
    autocast = torch.autocast

    class PretendedAutocast(autocast):
        def __init__(self, device_type: str, *args, **kwargs) -> None:
            super().__init__('cpu' if device_type == 'meta' else device_type, *args, **kwargs)

    torch.autocast = torch.amp.autocast = PretendedAutocast
    swaps = torch.__future__.get_swap_module_params_on_conversion()
    torch.__future__.set_swap_module_params_on_conversion(True)  # optimizers keep their parameters
    try:
        with PretendedGPU() as gpu:
            yield gpu
    finally:
        torch.autocast = torch.amp.autocast = autocast
        torch.__future__.set_swap_module_params_on_conversion(swaps)


def _place() -> str:
    """Return up to four lines of code that lead to an operator, the innermost first."""
    frame, found = sys._getframe(2), []
    while frame is not None and len(found) < 4:
        package = frame.f_globals.get('__name__', '')
        if package.partition('.')[0] in PACKAGES and package not in NOT_NAMED:
            found.append(f'{package}:{frame.f_lineno}')
        frame = frame.f_back
    return ' < '.join(found)


def _without_kernel(func: torch._ops.OpOverload) -> bool:
    if any(name in func.__name__ for name in WITHOUT_KERNEL):
        return True
    returns, arguments = func._schema.returns, func._schema.arguments
    return bool(returns) and returns[0].alias_info is not None and any(
        each.alias_info is not None and not each.alias_info.is_write for each in arguments)


def _masks(func: torch._ops.OpOverload, args: tuple) -> bool:
    return func in (aten.index.Tensor, aten.index_put_.default) and any(
        each is not None and each.dtype == torch.bool for each in args[1])


def _of_mask(values: torch.Tensor, indices: list, *put: Any) -> torch.Tensor:
    if put:
        return values
    start = next(i for i, each in enumerate(indices) if each is not None)
    masked = indices[start].dim()
    number = values.shape[start:start + masked].numel()
    return values.new_empty((*values.shape[:start], max(number // 2, 1),
                             *values.shape[start + masked:]))


def _counted(values: torch.Tensor, weights: torch.Tensor | None = None,
             minlength: int = 0) -> torch.Tensor:
    return torch.zeros(max(minlength, 1), device='meta',
                       dtype=torch.int64 if weights is None else weights.dtype)


def _distinct(values: torch.Tensor, *args: Any, **kwargs: Any) -> tuple[torch.Tensor, ...]:
    number = max(values.numel() // 2, 1)
    return (values.new_empty(number), torch.empty(values.shape, dtype=torch.int64, device='meta'),
            torch.empty(number, dtype=torch.int64, device='meta'))


MADE_UP = {
    aten._local_scalar_dense.default: lambda value: torch.ones((), dtype=value.dtype).item(),
    aten.equal.default: lambda first, second: True,
    aten.nonzero.default: lambda values: torch.empty(
        max(values.numel() // 2, 1), values.dim(), dtype=torch.int64, device='meta'),
    aten.masked_select.default: lambda values, mask: values.new_empty(
        max(values.numel() // 2, 1)),
    aten.bincount.default: _counted,
    aten._unique2.default: _distinct,
}
