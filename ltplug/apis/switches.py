"""Switches of a config that make training faster or smaller: what they may be, and what they do."""

from collections.abc import Mapping
from typing import Any

import torch
from mmengine.config import Config

from ltplug.engine.config_check import ConfigError
from ltplug.engine.optim_wrappers import DTYPES, why_not_available

PRECISIONS = ('fp32', *DTYPES)
FLAGS = ('channels_last', 'checkpoint_activations')
MODEL_SWITCHES = (*FLAGS, 'compile_backbone')
TRAINING_SWITCHES = ('batched_augmentation', 'precision', *MODEL_SWITCHES)
"""Keys of a config that ``build_runner`` reads."""

MIXED = 'MixedPrecisionOptimWrapper'
FULL = 'EpochwiseOptimWrapper'
_DTYPES_OF_STOCK = {None: 'fp16', 'float16': 'fp16', 'bfloat16': 'bf16'}


def check_switches(cfg: Config) -> None:
    """Refuse switches that make no sense.

    Args:
        cfg (Config): A merged config.

    Raises:
        ConfigError: If a value is unknown, or there is nothing to switch.
    """
    _check_precision(cfg)
    for key in (*FLAGS, 'batched_augmentation'):
        if not isinstance(cfg.get(key, False), bool):
            raise ConfigError(f'{key} must be True or False, got {cfg[key]!r}.')
    if not isinstance(compiles := cfg.get('compile_backbone', False), bool | Mapping):
        raise ConfigError('compile_backbone must be True, False or hold arguments of torch.compile,'
                          f' such as compile_backbone.mode=NAME, got {compiles!r}.')
    used = [key for key in MODEL_SWITCHES if cfg.get(key, False) is not False]
    for key in used:
        if cfg.get('runner_type', 'Runner') != 'Runner':
            raise ConfigError(f'{key} is for the plain Runner, but runner_type is '
                              f'{cfg.runner_type!r}: leave one of them out.')
        if 'backbone' not in (cfg.get('model') or {}):
            raise ConfigError(f'{key} is about the backbone of the model, and this config has '
                              'none: leave it out.')
    for key, other in (('compile_backbone', 'compile'),
                       ('checkpoint_activations', 'activation_checkpointing'),
                       ('checkpoint_activations', 'compile_backbone')):
        if key in used and cfg.get(other, False) not in (False, None):
            raise ConfigError(f'{key} does not go with {other}: leave one of them out.')


def _check_precision(cfg: Config) -> None:
    wrapper, precision = cfg.get('optim_wrapper'), cfg.get('precision')
    if precision is not None:
        if precision not in PRECISIONS:
            raise ConfigError(f'precision must be one of {", ".join(PRECISIONS)}, got '
                              f'{precision!r}.')
        if not wrapper:
            raise ConfigError('precision is that of a training, but the config has no '
                              'optim_wrapper: leave it out.')
    if not wrapper:
        return
    counts = wrapper.get('accumulative_counts', 1)
    if not isinstance(counts, int) or isinstance(counts, bool) or counts < 1:
        raise ConfigError('optim_wrapper.accumulative_counts is a number of batches, at least 1, '
                          f'got {counts!r}.')
    if (precision is not None or counts > 1) and precision_of(wrapper) is None:
        what = 'accumulative_counts' if precision is None else 'precision'
        raise ConfigError(f'{what} would replace the optim_wrapper {wrapper.get("type")} of the '
                          'config: leave one of them out.')


def check_available(cfg: Config) -> None:
    """Refuse a training in a precision that this machine does not have.

    Args:
        cfg (Config): A checked config.

    Raises:
        ConfigError: With what to take instead.
    """
    if cfg.get('precision') in DTYPES:
        reason = why_not_available(cfg.precision, 'cuda' if torch.cuda.is_available() else 'cpu')
        if reason is not None:
            raise ConfigError(reason)


def precision_of(wrapper: Mapping[str, Any]) -> str | None:
    """Return the precision of an optimizer wrapper.

    Args:
        wrapper (Mapping): Its config.

    Returns:
        str, optional: One of ``PRECISIONS``; None for a wrapper that cannot be replaced by another.
    """
    kind = str(wrapper.get('type', 'OptimWrapper')).rpartition('.')[2]
    if 'optimizer' not in wrapper:
        return None  # several, which a constructor reads
    if kind == 'AmpOptimWrapper':
        return _DTYPES_OF_STOCK.get(wrapper.get('dtype'))
    return {'OptimWrapper': 'fp32', FULL: 'fp32', MIXED: wrapper.get('dtype', 'bf16')}.get(kind)


def choose_loop(cfg: Config) -> None:
    """Let a training by epochs run in the loop whose loading does not wait for them.

    Args:
        cfg (Config): A checked config, changed in place.
    """
    loop = cfg.get('train_cfg')
    # from other scopes mmengine does not find ours
    if loop and loop.get('by_epoch') and 'type' not in loop and \
            cfg.get('default_scope') in ('mmpretrain', 'ltplug'):
        del loop['by_epoch']
        loop.type = 'ltplug.ContinuousTrainLoop'


def apply_switches(cfg: Config) -> None:
    """Let a config name the optimizer wrapper and the hook that its switches need.

    What switches change about the model, :class:`ltplug.apis.runner.SwitchedRunner` does.

    Args:
        cfg (Config): A checked config, changed in place.
    """
    wrapper = cfg.get('optim_wrapper')
    if not wrapper:
        return
    accumulates = wrapper.get('accumulative_counts', 1) > 1
    if cfg.get('precision') is None and not accumulates:
        return
    precision = cfg.get('precision') or precision_of(wrapper)
    for key in ('dtype', *(['loss_scale', 'use_fsdp'] if precision == 'fp32' else [])):
        wrapper.pop(key, None)
    wrapper.type = f'ltplug.{FULL if precision == "fp32" else MIXED}'
    if precision != 'fp32':
        wrapper.dtype = precision
        kind = (cfg.get('model_wrapper_cfg') or {}).get('type', '')
        wrapper.use_fsdp = 'FullyShardedDataParallel' in kind
    if accumulates:
        cfg.setdefault('default_hooks', {})
        cfg.default_hooks.setdefault('accumulation', dict(type='ltplug.AccumulationHook'))
