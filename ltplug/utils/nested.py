"""Nested containers, such as configs, as flat ones."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any


def flatten(value: Any, path: str = '', skip: Collection[str] = ()) -> Iterator[tuple[str, Any]]:
    """Yield the leaves of nested dicts, and of lists that hold dicts, by dotted key.

    Args:
        value: The container, or a leaf.
        path (str): Stands before the keys. Defaults to ''.
        skip (Collection[str]): Keys of dicts that are left out, at any depth.

    Yields:
        tuple[str, Any]: Dotted key and leaf; tuples are given as lists.
    """
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key not in skip:
                yield from flatten(item, f'{path}.{key}' if path else str(key), skip)
    elif isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
        for index, item in enumerate(value):
            yield from flatten(item, f'{path}.{index}' if path else str(index), skip)
    else:
        yield path, list(value) if isinstance(value, tuple) else value
