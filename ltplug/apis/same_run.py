"""What makes a run the one that was begun, so that it can go on."""

import re
from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase

from mmengine.config import Config
from mmengine.dist import get_world_size

from ltplug.engine.config_tables import RUNNER_KEYS
from ltplug.utils import flatten

from .switches import precision_of

# What may change while a run is interrupted. At any depth: where and with how many workers it
# runs, and what it tells.
_FREE_KEYS = frozenset({
    'work_dir', 'launcher', 'log_level', 'log_processor', 'visualizer', 'vis_backends', 'resume',
    'experiment_name', 'num_workers', 'persistent_workers', 'pin_memory', 'prefetch_factor',
    'env_cfg', 'custom_imports', 'logger', 'progress_bar', 'timer', 'run_summary', 'cache_dir',
    'download',
})
# By dotted key: how fast it runs, how often it is looked at and saved, and who computes what.
_FREE_PATHS = (
    'precision', 'channels_last', 'checkpoint_activations', 'compile_backbone*', 'compile',
    'compile.*', 'activation_checkpointing*', 'model_wrapper_cfg*', 'find_unused_parameters',
    'train_cfg.val_interval', 'train_cfg.val_begin', 'val_cfg*', 'val_dataloader.batch_size',
    'test_dataloader.batch_size', 'default_hooks.checkpoint.interval',
    'default_hooks.checkpoint.max_keep_ckpts', 'default_hooks.checkpoint.save_last',
    'default_hooks.checkpoint.overwrite', 'default_hooks.checkpoint.out_dir', 'settings.amp',
)
BATCH_SIZE = 'train_dataloader.batch_size'
TEST_KEYS = ('test_*', 'tta_*')
"""Patterns of the keys that decide nothing until the test."""


def describe_config(cfg: Config) -> dict[str, str]:
    """Return what decides the result of a training, as flat text.

    Args:
        cfg (Config): Its config, with all overrides.

    Returns:
        dict[str, str]: Value by dotted key; the batch size is that of all processes together.
    """
    content = {key: value for key, value in cfg.to_dict().items() if key in RUNNER_KEYS}
    wrapper = content.get('optim_wrapper')
    if wrapper and precision_of(wrapper) is not None:  # these differ in their precision alone
        content['optim_wrapper'] = {key: value for key, value in wrapper.items() if key not in
                                    ('type', 'dtype', 'loss_scale', 'use_fsdp')}
    found = dict(flatten(content, skip=_FREE_KEYS))
    if isinstance(found.get(BATCH_SIZE), int):
        found[BATCH_SIZE] *= get_world_size()
    # functions stand in new-style configs, each time at another place in memory
    return {key: re.sub(r' at 0x[0-9a-f]+', '', repr(value)) for key, value in found.items()
            if not _is_free(key)}


def first_difference(before: Mapping[str, str], now: Mapping[str, str],
                     free: Collection[str] = ()) -> str:
    """Tell the first key in which two descriptions differ.

    Args:
        before (Mapping[str, str]): Of the run as it was begun.
        now (Mapping[str, str]): Of the run as it would go on.
        free (Collection[str]): Patterns of further keys that may differ. Defaults to none.

    Returns:
        str: The key and its two values; '' if there is no difference.
    """
    for key in [*before, *now]:
        old, new = before.get(key, 'absent'), now.get(key, 'absent')
        path = key.removeprefix('config.')
        if old != new and not _is_free(path) and not _matches(path, free):
            shown = path.removeprefix('settings.')
            if path == BATCH_SIZE:
                shown += ' times the number of processes'
            return f'{shown} was {_shorten(old)} and is now {_shorten(new)}'
    return ''


def check_same(path: str, plan: Mapping[str, str], cfg: Config) -> None:
    """Refuse to go on with a training that is not the one that was begun.

    Args:
        path (str): The checkpoint.
        plan (Mapping[str, str]): The description in it.
        cfg (Config): The config that is to go on. Its seed is compared elsewhere.

    Raises:
        ValueError: With the first key that differs.
    """
    difference = first_difference(plan, describe_config(cfg),
                                  ('randomness.seed', 'load_from', *TEST_KEYS))
    if difference:
        raise ValueError(f'The run of {path} was another one: {difference}. Put it back to resume, '
                         f'or start anew in another --work-dir (with load_from={path} from its '
                         'weights).')


def _is_free(path: str) -> bool:
    return not _FREE_KEYS.isdisjoint(path.split('.')) or _matches(path, _FREE_PATHS)


def _matches(path: str, patterns: Collection[str]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)


def _shorten(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + '...'
