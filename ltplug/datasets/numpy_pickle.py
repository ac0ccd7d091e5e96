"""Reading pickles that hold arrays, without letting them run anything."""

import pickle
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from ltplug.utils.numpy_stand_ins import (
    NUMPY_NAMES,
    ArrayStandIn,
    DtypeStandIn,
    RefusedError,
    require,
)


def _encode(text: str, encoding: str) -> bytes:
    # How protocol 2 spells bytes.
    require(type(text) is str and encoding == 'latin1', 'bytes in an unusual form')
    return text.encode('latin1')


def _from_buffer(raw: Any, dtype: Any, shape: Any, order: Any) -> ArrayStandIn:
    array = ArrayStandIn()
    array.fill(raw, dtype, shape, order)
    return array


_NAMES = {
    **NUMPY_NAMES,
    '_codecs.encode': _encode,
    **{f'numpy.{core}.numeric._frombuffer': _from_buffer for core in ('core', '_core')},
}


class _NumpyUnpickler(pickle._Unpickler):
    """An unpickler that knows numpy's arrays and numbers, and nothing else that has a name.

    The one in C calls ``__setstate__`` of whatever a file builds, and sets attributes of
    functions; here only arrays and dtypes have a state.
    """

    def find_class(self, module: str, name: str) -> Any:
        require(f'{module}.{name}' in _NAMES, f'{module}.{name}'[:80])
        return _NAMES[f'{module}.{name}']

    def _build(self) -> None:
        state = self.stack.pop()
        target = self.stack[-1]
        require(type(target) in (ArrayStandIn, DtypeStandIn),
                f'a state for an object of type {type(target).__qualname__}')
        target.__setstate__(state)

    dispatch = {**pickle._Unpickler.dispatch, pickle.BUILD[0]: _build}


def load_arrays(path: str | PathLike) -> dict[str, Any]:
    """Read a file of arrays by name: a .npz file, or a pickled dict.

    A pickle may name numpy's arrays and numbers and nothing else, so it cannot run code.

    Args:
        path (str or PathLike): The file.

    Returns:
        dict[str, Any]: Arrays by name; of a pickle also what else it holds under a name.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not such a file, or a pickle asks for more.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f'There is no file {path}.')
    try:
        if path.suffix == '.npz':
            with np.load(path, allow_pickle=False) as arrays:
                return dict(arrays)
        with open(path, 'rb') as file:
            content = _NumpyUnpickler(file).load()
    except RefusedError as error:
        raise ValueError(f'{path} asks for {error}, which a file of arrays does not need, so it is '
                         'not read: save the arrays with numpy.savez instead.') from None
    except Exception as error:  # a damaged or hostile file can raise anything
        raise ValueError(f'{path} is no .npz file and no pickled dict of arrays '
                         f'({type(error).__name__}: {error}).') from None
    if type(content) is not dict:
        raise ValueError(f'{path} holds an object of type {type(content).__qualname__} instead of '
                         'a dict of arrays.')
    return {key: value.value if type(value) is ArrayStandIn else value
            for key, value in content.items() if type(key) is str}
