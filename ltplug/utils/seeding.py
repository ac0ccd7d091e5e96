"""Randomness without state: every seed is a hash of what it is for.

Adding numbers to a seed makes neighbouring seeds share draws (seed 0, epoch 1 equals seed 1,
epoch 0); a hash does not, and nothing has to be stored to resume.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from functools import cache

import numpy as np
import torch


class SeedUse(IntEnum):
    """What a seed is for: the first key of a hash, so that no two uses share draws."""

    AUGMENTATION = 1
    ORDER = 2
    ITERATION = 3
    CLASSES = 4
    BATCHES = 5
    HOLD_OUT = 6
    CLUSTERS = 7


_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_MULTIPLIERS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)


def _splitmix64(value):
    """Mix 64 bits (Steele et al., 2014); takes an int or a uint64 array."""
    if isinstance(value, np.ndarray):
        value = value + np.uint64(_GOLDEN)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(_MULTIPLIERS[0])
        value = (value ^ (value >> np.uint64(27))) * np.uint64(_MULTIPLIERS[1])
        return value ^ (value >> np.uint64(31))
    value = (value + _GOLDEN) & _MASK
    value = ((value ^ (value >> 30)) * _MULTIPLIERS[0]) & _MASK
    value = ((value ^ (value >> 27)) * _MULTIPLIERS[1]) & _MASK
    return value ^ (value >> 31)


def hash_seed(*keys: int) -> int:
    """Return a 63-bit seed that depends on every key and on their order.

    Args:
        *keys (int): What the seed is for, such as (seed, epoch).

    Returns:
        int: In [0, 2^63), the same on every machine.
    """
    state = 0
    for key in keys:
        state = _splitmix64(state ^ _splitmix64(int(key) & _MASK))
    return state >> 1


def hash_seeds(keys: tuple[int, ...], last: np.ndarray) -> np.ndarray:
    """Return ``hash_seed(*keys, x)`` for every x of an array.

    Args:
        keys (tuple[int]): The leading keys.
        last (np.ndarray): The last key, non-negative ints [n].

    Returns:
        np.ndarray: The seeds, int64[n].
    """
    state = 0
    for key in keys:
        state = _splitmix64(state ^ _splitmix64(int(key) & _MASK))
    mixed = _splitmix64(np.uint64(state) ^ _splitmix64(np.asarray(last).astype(np.uint64)))
    return (mixed >> np.uint64(1)).astype(np.int64)


def seed_everything(seed: int, devices: bool = True) -> None:
    """Seed ``random``, numpy and torch.

    Args:
        seed (int): A seed of :func:`hash_seed`.
        devices (bool): Whether to seed the accelerators too; data loading does not need it, and
            without them it takes a few microseconds. Defaults to True.
    """
    random.seed(seed)
    np.random.seed(seed & 0xFFFFFFFF)
    if devices and _accelerator() not in (None, 'cuda'):
        torch.manual_seed(seed)
        return
    # torch.manual_seed takes a stack trace for every kind of accelerator that could appear later
    torch.default_generator.manual_seed(seed)
    if devices and _accelerator() == 'cuda':
        torch.cuda.manual_seed_all(seed)


@cache
def _accelerator() -> str | None:
    is_there = torch.accelerator.is_available()
    return torch.accelerator.current_accelerator().type if is_there else None


@contextmanager
def random_streams_kept() -> Iterator[None]:
    """Put the streams of ``random``, numpy and torch back to where they were before the block."""
    devices = [torch.cuda.current_device()] if torch.cuda.is_initialized() else []
    states = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices):
            yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
