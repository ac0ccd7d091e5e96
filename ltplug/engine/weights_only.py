"""What a checkpoint may contain: stand-ins for torch's weights-only unpickler, and the check after.

A file can make mmengine's allow-list run code: ``getattr`` leads from any function to its module
and on to ``eval``, and torch calls what it got through ``_rebuild_from_type_v2``. So none of the
names below leads to a function, and nothing that can be called is left in the result.
"""

import math
import re
import threading
from collections import Counter, OrderedDict
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer

STATISTICS = ('min', 'max', 'current', 'mean')
HISTORY_KEYS = {'max_length', '_log_history', '_count_history', 'statistics_methods'}
PLAIN_TYPES = {
    type(None), bool, int, float, complex, str, bytes, bytearray,
    torch.Size, torch.dtype, torch.device, torch.layout,
}
_globals_lock = threading.Lock()


class RefusedError(Exception):
    """Says what a file asked for. It is no UnpicklingError because torch rewords those."""


def _require(condition: bool, asked: str) -> None:
    if not condition:
        raise RefusedError(asked)


# The pickle machine calls what follows under the names that numpy and mmengine objects have in
# a file. Arrays, dtypes and histories are stand-ins while it runs: a file can set the state of
# one object many times, and numpy's own setters believe it (an object dtype whose flags are
# cleared turns bytes into pointers). `_settle` puts the real objects in their place.


class _Dtype:
    value: np.dtype | None = None

    def __init__(self, code: str, align: Any = False, copy: Any = True) -> None:
        known = type(code) is str and re.fullmatch(r'b1|[iuf]\d{1,2}|c\d{1,2}', code)
        _require(bool(known), f'a numpy dtype that is not numeric ({code!a:.40})')
        self.value = np.dtype(code)

    def __setstate__(self, state: tuple) -> None:
        fits = type(state) is tuple and len(state) == 8 and state[0] == 3
        _require(fits and type(state[1]) is str and state[1] in ('<', '>', '=', '|')
                 and state[2:] == (None, None, None, -1, -1, 0), 'a numpy dtype of unusual state')
        self.value = self.value.newbyteorder(state[1])


class _Array:
    value: np.ndarray | None = None

    def __setstate__(self, state: tuple) -> None:
        fits = type(state) is tuple and len(state) == 5 and type(state[1]) is tuple
        _require(fits and type(state[2]) is _Dtype, 'a numpy array of unusual state')
        _, shape, dtype, fortran, raw = state
        size = math.prod(shape) if all(type(n) is int and n >= 0 for n in shape) else -1
        _require(type(raw) is bytes and size * dtype.value.itemsize == len(raw),
                 'a numpy array of unusual content')
        order = 'F' if fortran else 'C'
        self.value = np.ndarray(shape, dtype.value, buffer=raw, order=order).copy(order='K')


class _History:
    value: HistoryBuffer | None = None

    def __setstate__(self, state: dict) -> None:
        known = type(state) is dict and set(state) == HISTORY_KEYS
        _require(known, 'a HistoryBuffer of unusual state')
        arrays = [state['_log_history'], state['_count_history']]
        fits = all(type(a) is _Array and a.value is not None and a.value.ndim == 1
                   and a.value.dtype.kind in 'biuf' for a in arrays)
        length = state['max_length']
        _require(fits and type(length) is int and length > 0, 'a HistoryBuffer of unusual content')
        # The methods in the file are ignored: the constructor registers mmengine's own.
        self.value = HistoryBuffer(arrays[0].value, arrays[1].value, length)


def _reconstruct(subtype: type, shape: Any, code: Any) -> _Array:
    _require(subtype is _Array, 'a subclass of numpy.ndarray')
    return _Array()


def _scalar(dtype: _Dtype, raw: bytes) -> np.generic:
    _require(type(dtype) is _Dtype and type(raw) is bytes, 'a numpy scalar that is not numeric')
    return np.frombuffer(raw, dtype.value, count=1)[0]


def _no_bytes() -> bytes:
    # How protocol 2 spells b'', the content of an empty array.
    return b''


def _statistic(owner: Any, name: str) -> str:
    # A pickled HistoryBuffer names its methods. `_History` ignores them, so a name will do
    # and the file never holds a function.
    asked = f'getattr(..., {name!a:.40})' if type(name) is str else 'getattr'
    _require(owner is _History and type(name) is str and name in STATISTICS, asked)
    return name


SAFE_GLOBALS = [
    (_History, f'{HistoryBuffer.__module__}.{HistoryBuffer.__qualname__}'),
    (_statistic, 'builtins.getattr'),
    (_Array, 'numpy.ndarray'),
    (_Dtype, 'numpy.dtype'),
    (_no_bytes, 'builtins.bytes'),
    (slice, 'builtins.slice'),
    *((function, f'numpy.{core}.multiarray.{name}') for core in ('core', '_core')
      for function, name in ((_reconstruct, '_reconstruct'), (_scalar, 'scalar'))),
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
    elif kind in (_Array, _Dtype, _History):
        settled = value.value
        _require(settled is not None, 'an object without a state')
    done[id(value)] = (value, settled)
    if kind is list:
        value[:] = [_settle(item, done) for item in value]
    elif kind in (dict, OrderedDict, Counter):
        for key, item in value.items():
            _require(_is_plain(key), f'a key of type {type(key).__qualname__}')
            value[key] = _settle(item, done)
        if attributes := getattr(value, '__dict__', {}):
            asked = f'attributes on an object of type {kind.__qualname__}'
            _require(set(attributes) <= {'_metadata'}, asked)
            _settle(attributes, done)
    elif kind is set:
        _require(all(map(_is_plain, value)), 'a set of something else than plain values')
    elif isinstance(value, torch.Tensor):
        value.__dict__.clear()
        value._backward_hooks = None
    elif settled is value:
        _require(_is_plain(value), f'an object of type {kind.__qualname__}')
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
