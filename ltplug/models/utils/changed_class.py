"""Changing what single modules of a built model, or other objects, do."""

from functools import cache
from typing import Any


@cache
def _combined(mixin: type, cls: type) -> type:
    names = {'__module__': cls.__module__, '__qualname__': cls.__qualname__}
    return type(cls.__name__, (mixin, cls), names)


def mix_in(module: Any, mixin: type) -> None:
    """Let a module, or another object, behave as a subclass of its class, once.

    Parameters and their names, the printed form and ``isinstance`` stay as they are, and copies of
    the module, such as averages of a model, behave like it; replacing its ``forward`` would let
    them call the original.

    Args:
        module (nn.Module or Any): Changed in place.
        mixin (type): Its methods come before those of the class.
    """
    if not isinstance(module, mixin):
        module.__class__ = _combined(mixin, type(module))
