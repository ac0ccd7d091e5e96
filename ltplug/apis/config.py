"""Reading a config, and fitting it to the machine."""

import copy
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.utils import import_modules_from_strings

from ltplug.engine.config_check import ConfigError, check_config
from ltplug.engine.config_tables import DEFAULT_HOOKS
from ltplug.engine.optim_wrappers import DTYPES
from ltplug.engine.schedule_check import check_schedule
from ltplug.zoo import find_config

from .config_reading import read_config_file
from .switches import check_switches, precision_of

LOG_LEVELS = ('DEBUG', 'INFO', 'WARNING', 'ERROR')
DATALOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def read_config(config: str | Path | Config) -> Config:
    """Read a config or recipe as it is.

    Args:
        config (str, Path or Config): The config, its file, or the name of one that ltplug ships.

    Returns:
        Config: The merged config, a copy.

    Raises:
        FileNotFoundError: If there is no such file and no such name.
        ConfigError: If the file, or one that it inherits, has a mistake.
    """
    if isinstance(config, Config):
        return copy.deepcopy(config)
    return read_config_file(find_config(config))


def load_config(config: str | Path | Config, cfg_options: dict[str, Any] | None = None) -> Config:
    """Read a config, apply overrides and refuse what no component takes.

    Args:
        config (str, Path or Config): The config, its file, or the name of one that ltplug ships.
        cfg_options (dict[str, Any], optional): Overrides by dotted key, as ``--cfg-options``.

    Returns:
        Config: The merged config.

    Raises:
        FileNotFoundError: If the file does not exist.
        ConfigError: If a key, an override or a variable has no reader.
    """
    config = read_config(config)
    for key, value in (cfg_options or {}).items():
        if isinstance(value, str) and value.startswith('{'):
            raise ConfigError(f'--cfg-options {key} takes no dict: give its keys one by one, as '
                              f'{key}.type=NAME.')
        try:
            config.merge_from_dict({key: value})
        except (AttributeError, AssertionError, KeyError, TypeError) as error:
            raise ConfigError(f'--cfg-options {key}={value} does not fit the config: {error}. Only '
                              'keys of dicts and items of lists of dicts can be set one by one; '
                              'give other lists whole.') from None
    if 'stages' in config:
        raise ConfigError('The config is a recipe (it has stages): tools/train.py runs it whole; '
                          'elsewhere name the config of one stage.')
    _import_modules(config, cfg_options or {})
    _drop_disabled_hooks(config)
    _drop_scope_of_collate(config)
    check_config(config, cfg_options)
    check_switches(config)
    check_schedule(config)
    level = config.get('log_level', 'INFO')
    if not isinstance(level, int) and not isinstance(logging.getLevelName(level), int):
        raise ConfigError(f'log_level must be one of {", ".join(LOG_LEVELS)}, got {level!r}.')
    if (config.get('train_cfg') or {}).get('val_interval', 1) < 1:
        raise ConfigError('train_cfg.val_interval must be at least 1; --no-validate evaluates at '
                          'the end only.')
    return config


def _import_modules(config: Config, cfg_options: Mapping[str, Any]) -> None:
    """Import what an override of ``custom_imports`` names; reading the file has come too early."""
    if any(key.partition('.')[0] == 'custom_imports' for key in cfg_options):
        try:
            import_modules_from_strings(**(config.get('custom_imports') or dict(imports=None)))
        except (ImportError, TypeError) as error:
            raise ConfigError(f'custom_imports cannot be imported: {error}; PYTHONPATH must '
                              'lead to it.') from error


def _drop_disabled_hooks(config: Config) -> None:
    """Let ``default_hooks.NAME=None`` disable any hook; mmengine allows it for six of its own."""
    hooks = config.get('default_hooks') or {}
    for name in [name for name, hook in hooks.items() if hook is None]:
        if name not in DEFAULT_HOOKS:
            hooks.pop(name)


def _drop_scope_of_collate(config: Config) -> None:
    """Take from collate functions what mmengine adds to inherited configs of other packages.

    It would hand it to the function, and few take it.
    """
    for name in DATALOADERS:
        collate = (config.get(name) or {}).get('collate_fn')
        if isinstance(collate, dict):
            collate.pop('_scope_', None)


def default_work_dir(config: str | Path | Config) -> str:
    """Return mmpretrain's default folder: ``work_dirs/<name of the config file>``."""
    filename = config.filename if isinstance(config, Config) else config
    return str(Path('work_dirs') / (Path(filename).stem if filename else 'run'))


def adapt_to_machine(cfg: Config) -> None:
    """Switch off what this machine or the number of workers does not allow.

    Args:
        cfg (Config): Changed in place: pinned memory needs an accelerator, persistent workers
            need workers.
    """
    for key in DATALOADERS:
        loader = cfg.get(key)
        if not loader:
            continue
        if not torch.cuda.is_available():
            loader.pin_memory = False
        if not loader.get('num_workers'):
            loader.persistent_workers = False


def leave_evaluation_out(cfg: Config) -> None:
    """Let a config train without reading data of validation and test.

    Args:
        cfg (Config): Changed in place.
    """
    for part in ('val', 'test'):
        for key in ('cfg', 'dataloader', 'evaluator'):
            cfg[f'{part}_{key}'] = None


def enable_amp(cfg: Config) -> None:
    """Train in mixed precision: float16 with loss scaling on a GPU, bfloat16 on a CPU.

    Args:
        cfg (Config): Its ``precision`` is set, unless it names one or has another wrapper for it.

    Raises:
        ConfigError: If the config names an optimizer wrapper of another kind.
    """
    if precision_of(cfg.optim_wrapper) not in DTYPES:
        cfg.setdefault('precision', 'fp16' if torch.cuda.is_available() else 'bf16')
    check_switches(cfg)


def enable_auto_scale_lr(cfg: Config) -> None:
    """Multiply the learning rate by the batch size of all processes over that it is meant for.

    Args:
        cfg (Config): ``auto_scale_lr`` with ``base_batch_size`` is switched on in place.

    Raises:
        ValueError: If the config does not say what batch size its learning rate is meant for.
    """
    if (cfg.get('auto_scale_lr') or {}).get('base_batch_size') is None:
        raise ValueError('--auto-scale-lr needs the batch size that the learning rate is meant '
                         'for: set auto_scale_lr=dict(base_batch_size=N) in the config.')
    cfg.auto_scale_lr.enable = True
