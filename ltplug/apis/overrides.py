"""Overrides whose values are of another kind than those they replace."""

import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ltplug.engine.config_check import ConfigError

from .config import read_config

_KINDS = ((bool, 'True or False'), (int, 'an integer'), (float, 'a number with a point'),
          (str, 'a text'), ((list, tuple), 'a list'), (Mapping, 'a dict'))


@contextmanager
def overrides_explained(config: str | Path | Config,
                        cfg_options: Mapping[str, Any] | None) -> Iterator[None]:
    """Name the overrides of another kind if what is inside fails before batches run.

    Many keys take values of several kinds ('auto' for a number, a number for a list), so that
    nothing is refused which works.

    Args:
        config (str, Path or Config): The config or recipe, or its file.
        cfg_options (Mapping[str, Any], optional): The overrides.

    Raises:
        ConfigError: The overrides that may be why, and what went wrong.
    """
    try:
        yield
    except Exception as error:
        frames = {frame.name for frame in traceback.extract_tb(error.__traceback__)}
        odd = [] if 'run_iter' in frames or not cfg_options else find_odd(config, cfg_options)
        text = str(error).strip() or 'no reason was given'
        told = [sentence for key, sentence in odd if key not in text]
        if not told:
            raise
        if not isinstance(error, ValueError | RuntimeError | OSError):
            text = f'{type(error).__name__}: {text}'
        raise ConfigError(f'{"; ".join(told)}. That may be why this went wrong: {text}') from error


def find_odd(config: str | Path | Config, cfg_options: Mapping[str, Any]
             ) -> list[tuple[str, str]]:
    """Return the overrides that are of another kind than what they replace.

    Args:
        config (str, Path or Config): The config or recipe, or its file.
        cfg_options (Mapping[str, Any]): The overrides.

    Returns:
        list[tuple[str, str]]: Dotted key, and what to tell. ``None`` and keys that are new are of
        no kind, and an integer is as good as a number with a point.
    """
    found = []
    config = read_config(config)
    for key, value in cfg_options.items():
        replaced = _replaced(config, key)
        old, new = _kind(replaced), _kind(value)
        if None not in (old, new) and old != new and (old, new) != (_KINDS[2][1], _KINDS[1][1]):
            found.append((key, f'--cfg-options {key}={value} is {new} where the config has {old}, '
                               f'{replaced!r}'))
    return found


def _replaced(config: Config, key: str) -> Any:
    """Return the value that an override replaces; None where there is none."""
    node: Any = config
    if 'stages' in config:
        from .recipes.plan import load_recipe  # which needs what explains its overrides

        name, _, key = key.partition('.')
        stage = load_recipe(config).stages.get(name)
        node = None if stage is None else stage.config
    for part in key.split('.'):
        try:
            node = node[int(part) if isinstance(node, list | tuple) else part]
        except (KeyError, IndexError, ValueError, TypeError):
            return None
    return node


def _kind(value: Any) -> str | None:
    return next((name for kind, name in _KINDS if isinstance(value, kind)), None)
