"""What a checkpoint may contain: stand-ins for torch's weights-only unpickler, and the check after.

A file can make mmengine's allow-list run code: ``getattr`` leads from any function to its module
and on to ``eval``, and torch calls what it got through ``_rebuild_from_type_v2``. So none of the
names below leads to a function, and nothing that can be called is left in the result.
"""

import threading
from collections import Counter, OrderedDict
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer

from ltplug.utils.numpy_stand_ins import (
    NUMPY_NAMES,
    ArrayStandIn,
    DtypeStandIn,
    require,
)

STATISTICS = ('min', 'max', 'current', 'mean')
HISTORY_KEYS = {'max_length', '_log_history', '_count_history', 'statistics_methods'}
PLAIN_TYPES = {
    type(None), bool, int, float, complex, str, bytes, bytearray,
    torch.Size, torch.dtype, torch.device, torch.layout,
}
_globals_lock = threading.Lock()


# The pickle machine calls what follows, and the stand-ins for numpy's names, under the names that
# objects have in a file. `_settle` puts the real objects in their place.


class _History:
    value: HistoryBuffer | None = None

    def __setstate__(self, state: dict) -> None:
        known = type(state) is dict and set(state) == HISTORY_KEYS
        require(known, 'a HistoryBuffer of unusual state')
        arrays = [state['_log_history'], state['_count_history']]
        fits = all(type(a) is ArrayStandIn and a.value is not None and a.value.ndim == 1
                   and a.value.dtype.kind in 'biuf' for a in arrays)
        length = state['max_length']
        require(fits and type(length) is int and length > 0, 'a HistoryBuffer of unusual content')
        # The methods in the file are ignored: the constructor registers mmengine's own.
        self.value = HistoryBuffer(arrays[0].value, arrays[1].value, length)


def _statistic(owner: Any, name: str) -> str:
    # A pickled HistoryBuffer names its methods. `_History` ignores them, so a name will do
    # and the file never holds a function.
    asked = f'getattr(..., {name!a:.40})' if type(name) is str else 'getattr'
    require(owner is _History and type(name) is str and name in STATISTICS, asked)
    return name


SAFE_GLOBALS = [
    (_History, f'{HistoryBuffer.__module__}.{HistoryBuffer.__qualname__}'),
    (_statistic, 'builtins.getattr'),
    (slice, 'builtins.slice'),
    *((stand_in, name) for name, stand_in in NUMPY_NAMES.items()),
]


def _is_plain(value: Any) -> bool:
    if type(value) is tuple:
        return all(map(_is_plain, value))
    if type(value) is slice:
        return all(map(_is_plain, (value.start, value.stop, value.step)))
    return type(value) in PLAIN_TYPES or isinstance(value, np.generic)


def _settle(value: Any, done: dict[int, tuple[Any, Any]]) -> Any:
    """Replace stand-ins by what they hold, and refuse whatever is not data.

    Attributes that a file sets would hide methods (``meta.get``), and callables would reach
    whoever calls them: neither survives. ``done`` keeps the originals alive, so ids are unique.
    """
    if id(value) in done:
        return done[id(value)][1]
    kind, settled = type(value), value
    if kind is tuple:
        settled = tuple(_settle(item, done) for item in value)
    elif kind in (ArrayStandIn, DtypeStandIn, _History):
        settled = value.value
        require(settled is not None, 'an object without a state')
    done[id(value)] = (value, settled)
    if kind is list:
        value[:] = [_settle(item, done) for item in value]
    elif kind in (dict, OrderedDict, Counter):
        for key, item in value.items():
            require(_is_plain(key), f'a key of type {type(key).__qualname__}')
            value[key] = _settle(item, done)
        if attributes := getattr(value, '__dict__', {}):
            asked = f'attributes on an object of type {kind.__qualname__}'
            require(set(attributes) <= {'_metadata'}, asked)
            _settle(attributes, done)
    elif kind is set:
        require(all(map(_is_plain, value)), 'a set of something else than plain values')
    elif isinstance(value, torch.Tensor):
        value.__dict__.clear()
        value._backward_hooks = None
    elif settled is value:
        require(_is_plain(value), f'an object of type {kind.__qualname__}')
    return settled


def load_weights_only(path: str, map_location: Any) -> Any:
    """Load a file with torch's weights-only unpickler and the names above alone.

    Args:
        path (str): A local file that ``torch.save`` wrote.
        map_location: Where the tensors go, as for :func:`torch.load`.

    Returns:
        Any: Tensors and plain data, in plain containers.

    Raises:
        RefusedError: If one of the stand-ins, or the result, is not as it should be. torch adds
            errors of its own, and a hostile file can provoke any other.
    """
    # The list of safe names belongs to the process. Those that others put there, mmengine for
    # one, must not help this file.
    with _globals_lock:
        others = torch.serialization.get_safe_globals()
        torch.serialization.clear_safe_globals()
        torch.serialization.add_safe_globals(SAFE_GLOBALS)
        try:
            loaded = torch.load(path, map_location=map_location, weights_only=True)
        finally:
            torch.serialization.clear_safe_globals()
            torch.serialization.add_safe_globals(others)
    return _settle(loaded, {})
