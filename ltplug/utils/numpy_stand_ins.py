"""What numpy's names in a pickle stand for while a file that nobody trusts is read.

A file can set the state of one object many times, and numpy's own setters believe it (an object
dtype whose flags are cleared turns bytes into pointers). So arrays and dtypes are stand-ins until
the whole file has been read, and only their values get out.
"""

import math
import re
from typing import Any

import numpy as np


class RefusedError(Exception):
    """Says what a file asked for. It is no UnpicklingError because torch rewords those."""


def require(condition: bool, asked: str) -> None:
    """Refuse a file unless a condition holds.

    Args:
        condition (bool): What must hold.
        asked (str): What the file asked for otherwise.

    Raises:
        RefusedError: If it does not.
    """
    if not condition:
        raise RefusedError(asked)


class DtypeStandIn:
    """A numeric dtype in the making."""

    value: np.dtype | None = None

    def __init__(self, code: str, align: Any = False, copy: Any = True) -> None:
        known = type(code) is str and re.fullmatch(r'b1|[iuf]\d{1,2}|c\d{1,2}', code)
        require(bool(known), f'a numpy dtype that is not numeric ({code!a:.40})')
        self.value = np.dtype(code)

    def __setstate__(self, state: tuple) -> None:
        fits = type(state) is tuple and len(state) == 8 and state[0] == 3
        require(fits and type(state[1]) is str and state[1] in ('<', '>', '=', '|')
                and state[2:] == (None, None, None, -1, -1, 0), 'a numpy dtype of unusual state')
        self.value = self.value.newbyteorder(state[1])


class ArrayStandIn:
    """An array in the making."""

    value: np.ndarray | None = None

    def __setstate__(self, state: tuple) -> None:
        require(type(state) is tuple and len(state) == 5, 'a numpy array of unusual state')
        _, shape, dtype, fortran, raw = state
        self.fill(raw, dtype, shape, 'F' if fortran else 'C')

    def fill(self, raw: Any, dtype: Any, shape: Any, order: str) -> None:
        """Take a value, all of which comes from the file.

        Args:
            raw (bytes or bytearray): The content.
            dtype (DtypeStandIn): The type of an element.
            shape (tuple[int]): The shape.
            order (str): 'C' or 'F'.

        Raises:
            RefusedError: If they are no such things, or do not fit together.
        """
        require(type(dtype) is DtypeStandIn and type(shape) is tuple and order in ('C', 'F'),
                'a numpy array of unusual state')
        size = math.prod(shape) if all(type(n) is int and n >= 0 for n in shape) else -1
        require(type(raw) in (bytes, bytearray) and size * dtype.value.itemsize == len(raw),
                'a numpy array of unusual content')
        self.value = np.ndarray(shape, dtype.value, buffer=raw, order=order).copy(order='K')


def _reconstruct(subtype: type, shape: Any, code: Any) -> ArrayStandIn:
    require(subtype is ArrayStandIn, 'a subclass of numpy.ndarray')
    return ArrayStandIn()


def _scalar(dtype: DtypeStandIn, raw: bytes) -> np.generic:
    require(type(dtype) is DtypeStandIn and type(raw) is bytes,
            'a numpy scalar that is not numeric')
    return np.frombuffer(raw, dtype.value, count=1)[0]


def _no_bytes() -> bytes:
    # How protocol 2 spells b'', the content of an empty array.
    return b''


NUMPY_NAMES = {
    'numpy.ndarray': ArrayStandIn,
    'numpy.dtype': DtypeStandIn,
    'builtins.bytes': _no_bytes,
    **{f'numpy.{core}.multiarray.{name}': function for core in ('core', '_core')
       for name, function in (('_reconstruct', _reconstruct), ('scalar', _scalar))},
}
"""Stand-ins by the names under which a pickle asks for them."""
