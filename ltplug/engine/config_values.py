"""Finds values of a config that no component can use, or that one would misread without a word."""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from mmengine.config import Config

# By dotted path, `*` for one part of it: what must be a number, and what an integer, how small.
_NUMBERS = (
    *(f'optim_wrapper.optimizer.{key}' for key in ('lr', 'momentum', 'weight_decay')),
    *(f'param_scheduler{item}.{key}' for item in ('', '.*') for key in (
        'gamma', 'factor', 'start_factor', 'end_factor', 'eta_min', 'power', 'begin', 'end',
        'T_max')),
)
_INTEGERS = {
    'train_cfg.max_epochs': 1, 'train_cfg.max_iters': 1, '*_dataloader.batch_size': 1,
    '*_dataloader.num_workers': 0, 'model.backbone.depth': 1, 'model.head.num_classes': 1,
    'model.head.in_channels': 1,
}
_LISTS = ('param_scheduler.milestones', 'param_scheduler.*.milestones')
_DEVIATIONS = ('data_preprocessor.std', 'model.data_preprocessor.std')
_LOADERS = ('*_dataloader', )
_COMPONENTS = (
    'model', 'model.backbone', 'model.neck', 'model.head', 'model.loss', 'model.head.loss',
    'optim_wrapper.optimizer', 'param_scheduler.*', '*_evaluator', '*_evaluator.*',
    *(f'*_dataloader.{key}' for key in (
        'sampler', 'batch_sampler', 'dataset', 'dataset.dataset', 'dataset.pipeline.*',
        'dataset.dataset.pipeline.*')),
)
_PARTS = {
    'training': ('train_dataloader', 'train_cfg', 'optim_wrapper'),
    'validation': ('val_dataloader', 'val_cfg', 'val_evaluator'),
    'test': ('test_dataloader', 'test_cfg', 'test_evaluator'),
}


def find_odd_values(cfg: Config) -> list[str]:
    """Return one sentence per value that is of no use.

    Args:
        cfg (Config): A merged Runner config.

    Returns:
        list[str]: The sentences.
    """
    sentences = []
    for path, value in _walk(cfg.to_dict()):
        sentences += _check_number(path, value)
        if _is(path, _LISTS) and not _is_list_of_numbers(value):
            sentences.append(f'{path} must be a list of numbers, such as [160, 180], got {value!r}')
        if _is(path, _DEVIATIONS) and _is_list_of_numbers(value) and 0 in value:
            sentences.append(f'{path}={value!r} has a 0, by which pixels would be divided')
        if isinstance(value, Mapping):
            sentences += _check_dict(path, value)
    return sentences


def find_incomplete(cfg: Config) -> Iterator[str]:
    """Tell which part of a run lacks something; mmengine shows all that is there instead.

    Args:
        cfg (Config): A merged Runner config.

    Yields:
        str: A sentence.
    """
    if not cfg.get('model'):
        yield 'model is missing: this is no config of a training or test'
    elif cfg.get('train_dataloader') and 'default_scope' not in cfg and \
            '.' not in str(cfg.model.get('type', '.')):
        yield ("default_scope is missing: write default_scope='mmpretrain', or names such as "
               f'{cfg.model.type} are looked for in mmengine alone')
    for part, keys in _PARTS.items():
        missing = [key for key in keys if cfg.get(key) is None]
        if missing and len(missing) < len(keys):
            lacks = 'are' if len(missing) > 1 else 'is'
            yield (f'{" and ".join(missing)} {lacks} missing: give {", ".join(keys[:-1])} and '
                   f'{keys[-1]}, or for no {part} None for each')


def _check_dict(path: str, value: Mapping) -> Iterator[str]:
    if _is(path, _LOADERS) and value.get('batch_sampler') and 'drop_last' in value:
        yield (f'{path}.drop_last belongs to the batch sampler: write '
               f'batch_sampler=dict(drop_last={value["drop_last"]}) instead')
    # an evaluator may be a dict with metrics inside
    if _is(path, _COMPONENTS) and value and not {'type', 'metrics'}.intersection(value):
        yield (f'{path} has no type, so nothing can be built of it (it has '
               f'{", ".join(map(str, list(value)[:5]))}): add type=NAME')


def _check_number(path: str, value: Any) -> Iterator[str]:
    if isinstance(value, str) and _is(path, (*_NUMBERS, *_INTEGERS)):
        yield f'{path} must be a number, got the text {value!r}'
    if isinstance(value, int | float):
        for least in (least for pattern, least in _INTEGERS.items() if _is(path, [pattern])):
            if isinstance(value, float | bool):
                yield f'{path} must be an integer, got {value!r}'
            elif value < least:
                yield f'{path} must be at least {least}, got {value}'


def _walk(node: Any, path: str = '') -> Iterator[tuple[str, Any]]:
    """Yield every value of a config with its dotted path."""
    if path:
        yield path, node
    items = node.items() if isinstance(node, Mapping) else \
        enumerate(node) if isinstance(node, list | tuple) else ()
    for key, value in items:
        yield from _walk(value, f'{path}.{key}' if path else str(key))


def _is(path: str, patterns: Iterable[str]) -> bool:
    parts = path.split('.')
    return any(len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))
               for wanted in (pattern.split('.') for pattern in patterns))


def _is_list_of_numbers(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(each, int | float) for each in value)
