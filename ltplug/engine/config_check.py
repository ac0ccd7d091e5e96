"""Finds mistakes of a config before anything is built: keys and variables nothing takes."""

import contextlib
import importlib
import importlib.util
import re
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import mmpretrain
from mmengine.config import Config
from mmengine.registry import Registry

from ltplug import registry as ltplug_registry
from ltplug.engine import config_tables as tables
from ltplug.engine.config_values import find_odd_values
from ltplug.engine.config_variables import (
    find_overridden_variables,
    find_unread_variables,
    hint,
    join,
    near,
    variable_names,
)


class ConfigError(ValueError):
    """A mistake in a config, told in one sentence per mistake."""


def check_config(cfg: Config, cfg_options: dict | None = None) -> None:
    """Refuse a config in which something would be ignored, or is of no use.

    Args:
        cfg: The merged config, command-line overrides included.
        cfg_options: These overrides, as a flat dict ``'a.b.c' -> value``. An override of a
            helper variable is refused, since the file has already copied its value.

    Raises:
        ConfigError: With all mistakes, one a line.
    """
    mistakes = find_unknown_keys(cfg) + find_odd_values(cfg)
    if cfg.filename:
        mistakes += find_unread_variables(cfg.filename)
    mistakes += find_overridden_variables(cfg, cfg_options or ())
    if mistakes:
        raise ConfigError('\n'.join(mistakes))


def find_unknown_keys(cfg: Config) -> list[str]:
    """One sentence per key of a merged Runner config that no component takes.

    Variables of the config's own files are left to :func:`find_unread_variables`.
    """
    sentences = []
    variables = variable_names(cfg.filename)
    if variables is not None:
        sentences += _unknown('', cfg, 'the Runner', tables.RUNNER_KEYS | variables,
                              tables.RUNNER_KEYS)
    scope = cfg.get('default_scope') or 'mmpretrain'
    for key, value in cfg.items():
        if key in tables.RUNNER_KEYS and key != 'stages':  # stages are configs of their own
            kind = 'LOOPS' if key in tables.LOOP_KEYS else tables.REGISTRY_OF_KEY.get(key)
            sentences += _check(key, key, value, kind, scope)
    return sentences


def _check(path: str, key: str, value: Any, kind: str | None, scope: str) -> Iterator[str]:
    """Check the value at `path`; `key` is the last dict key on the way to it."""
    if isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _check(f'{path}.{index}', key, item, kind, scope)
    if not isinstance(value, dict):
        return
    scope = value.get('_scope_') or scope
    yield from _check_keys(path, key, value, kind, scope)
    for name, child in value.items():
        if name not in tables.UNCHECKED_KEYS:
            # The keys of default_hooks are names of hooks, such as param_scheduler.
            its_kind = kind if key == 'default_hooks' else tables.REGISTRY_OF_KEY.get(name, kind)
            yield from _check(f'{path}.{name}', name, child, its_kind, scope)


def _check_keys(path: str, key: str, node: dict, kind: str | None, scope: str) -> Iterator[str]:
    """Check the keys of one dict, not of those below it."""
    container = _container(path)
    if container is not None:
        yield from _unknown(path, node, *container)
        return
    types = [node['type']] if 'type' in node else _default_types(path, key, node)
    if not types and path.rpartition('.')[0] == 'default_hooks':
        meant = hint(near(key, tables.DEFAULT_HOOKS))
        yield f'{path} has no type, so nothing takes it{meant}'
    if path == 'optim_wrapper':
        yield from _check_paramwise(node)
    if not types or not all(isinstance(type_, str) or callable(type_) for type_ in types):
        return
    if kind == 'METRICS' and 'metrics' in node:
        kind = 'EVALUATORS'
    expected = kind is not None and kind == tables.REGISTRY_OF_KEY.get(key)
    components = [found for type_ in types for found in _find(type_, kind, scope)]
    if not components:
        # In lower case and where no component need be, `type` is taken for a plain argument.
        if not (types[0].islower() and not expected) and not _is_optional(types[0]):
            yield _tell_missing(path, types[0], kind, scope)
        return
    if expected and not _find(types[0], kind, scope, elsewhere=False):
        return  # a namesake of another kind; the one that is meant may be optional
    accepted = [_accepted(component, node, kind, scope) for component in components]
    if None in accepted:
        return
    removed = tables.BUILDER_KEYS.get(kind, set()) | tables.BUILDER_KEYS.get(key, set())
    names = [type_ if isinstance(type_, str) else type_.__name__ for type_ in types]
    yield from _unknown(path, node, ' or '.join(names), dict.fromkeys(sum(accepted, ())),
                        removed | tables.BUILD_KEYS)


def _accepted(component: Callable, node: dict, kind: str | None, scope: str
              ) -> tuple[str, ...] | None:
    """The keys that `node` may give to a component, ``None`` if any."""
    names, is_open = tables.accepted_keys(component)
    for argument, (its_kind, default) in tables.TYPE_ARGUMENTS.items():
        if is_open and argument in names:
            for target in _find(node.get(argument, default), its_kind, scope):
                more, is_open = tables.accepted_keys(target)
                names += more
    return None if is_open else names


def _container(path: str) -> tuple[str, frozenset[str]] | None:
    """Reader and keys of the untyped container at `path`."""
    for pattern, container in tables.CONTAINERS.items():
        if fnmatchcase(path, pattern):
            return container
    return None


def _default_types(path: str, key: str, node: dict) -> tuple[str, ...]:
    """What an untyped dict is built as; several names where the outer class decides."""
    if path == 'train_cfg':
        by_epoch = node.get('by_epoch', 'max_epochs' in node)
        return ('EpochBasedTrainLoop' if by_epoch else 'IterBasedTrainLoop',)
    if path in ('val_evaluator', 'test_evaluator') and 'metrics' in node:
        return ('Evaluator',)
    if path == 'optim_wrapper' and 'constructor' in node and 'optimizer' not in node:
        return ()  # several optimizers, which the constructor reads
    return tables.DEFAULT_TYPES.get(path) or tables.DEFAULT_TYPES.get(f'*.{key}', ())


def _check_paramwise(optim_wrapper: dict) -> Iterator[str]:
    constructor = optim_wrapper.get('constructor', 'DefaultOptimWrapperConstructor')
    known = tables.PARAMWISE_KEYS.get(str(constructor).rpartition('.')[2])
    settings = optim_wrapper.get('paramwise_cfg')
    if known is None or not isinstance(settings, dict):
        return
    path = 'optim_wrapper.paramwise_cfg'
    yield from _unknown(path, settings, constructor, known)
    for name, group in (settings.get('custom_keys') or {}).items():
        # Any other key goes to the optimizer's parameter group, so only typos are told.
        typos = [key for key in group if near(key, tables.CUSTOM_KEYS)]
        yield from _unknown(f'{path}.custom_keys.{name}', typos, 'custom_keys',
                            tables.CUSTOM_KEYS)


def _unknown(path: str, node: Iterable[str], reader: str, known: Iterable[str],
             silent: Iterable[str] = ()) -> Iterator[str]:
    known = list(known) if isinstance(known, dict) else sorted(known)
    for key in node:
        if key not in known and key not in silent:
            close = near(key, known)
            listed = close + [n for n in known if n not in close and n not in tables.INJECTED]
            shown = ', '.join(listed[:6]) + (', ...' if len(listed) > 6 else '')
            takes = f'{reader} takes {shown}' if listed else f'{reader} takes no keys'
            yield f'{join(path, key)} is taken by nothing: {takes}{hint(close)}'


def _registries(scope: str) -> dict[str, Registry]:
    """Registries of a scope by their variable name, with those that only mmengine has."""
    found: dict[str, Registry] = {}
    for package in ('mmengine', scope):
        with contextlib.suppress(ModuleNotFoundError):
            module = importlib.import_module(f'{package}.registry')
            found.update((k, v) for k, v in vars(module).items() if isinstance(v, Registry))
    return found


def _find(type_: str | Callable, kind: str | None, scope: str, elsewhere: bool = True
          ) -> list[Callable]:
    """What a type may stand for: its entry under `kind`, else those in all registries."""
    if not isinstance(type_, str):
        return [type_]
    registries = _registries(scope)
    if kind in registries and (found := _lookup(registries[kind], type_)) is not None:
        return [found]
    everywhere = (_lookup(r, type_) for r in registries.values() if elsewhere)
    return [component for component in everywhere if component is not None]


def _lookup(registry: Registry | None, type_: str) -> Callable | None:
    package, dot, _ = type_.partition('.')
    if dot:
        found = package and importlib.util.find_spec(package)
        return registry.get(type_) if found else None
    registry.import_from_location()
    while registry is not None:
        if type_ in registry.module_dict:
            return registry.module_dict[type_]
        registry = registry.parent
    return None


def _is_optional(type_: str) -> bool:
    """Whether a type is missing only because a package is not installed."""
    package, _, name = type_.rpartition('.')
    if package == 'ltplug':
        return False
    if package and package not in tables.OWN_PACKAGES:
        return not near(package, tables.OWN_PACKAGES) and not importlib.util.find_spec(package)
    if any(fnmatchcase(name, pattern) for pattern in tables.OPTIONAL_TYPES):
        return True
    # mmpretrain registers a part of its classes only if their dependencies can be imported.
    defined = re.compile(rf'^(class {re.escape(name)}\b|register_\w+\([\w.]*\b'
                         rf'{re.escape(name)}\))', re.MULTILINE)
    sources = Path(mmpretrain.__file__).parent.rglob('*.py')
    return any(defined.search(source.read_text(encoding='utf-8')) for source in sources)


def _tell_missing(path: str, type_: str, kind: str | None, scope: str) -> str:
    registries, own = _registries(scope), vars(ltplug_registry)
    kinds = [kind] if kind in registries else list(registries)
    names: list[str] = []
    for registry in (registries[name] for name in kinds):
        while registry is not None:
            names += registry.module_dict
            registry = registry.parent
    for registry in (own[name] for name in kinds if isinstance(own.get(name), Registry)):
        registry.import_from_location()
        names += [f'ltplug.{name}' for name in registry.module_dict]
    start = f"{path}.type is '{type_}', which is not registered in scope {scope}"
    if f'ltplug.{type_}' in names:
        return f"{start}: it is one of ltplug's, write 'ltplug.{type_}'"
    meant = hint(near(type_, names) or near(f'ltplug.{type_}', names))
    return f'{start}{meant}; if it is yours, let custom_imports name its module'
