"""Reading a recipe: its stages, what they load, and whether that can work."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ltplug.apis.config import load_config, read_config
from ltplug.apis.switches import TRAINING_SWITCHES
from ltplug.engine.config_check import ConfigError
from ltplug.engine.config_tables import accepted_keys
from ltplug.engine.config_variables import hint, near
from ltplug.registry import TASKS

from .nesting import flatten_stages, pretrained_recipe
from .stages import (
    CHECKPOINT,
    ONLY_STAGE,
    Recipe,
    Source,
    Stage,
    artifacts_of,
    build_task,
    check_kept,
)

RECIPE_KEYS = ('stages', 'groups_from', 'work_dir', 'default_scope', 'custom_imports')
STAGE_KEYS = ('name', 'config', 'task', 'overrides', 'load_from', 'inputs', 'test')
SOURCE_KEYS = ('stage', 'checkpoint', 'parts')
_NAME = re.compile(r'[A-Za-z0-9][A-Za-z0-9_-]*')


def load_recipe(config: str | Path | Config, cfg_options: Mapping[str, Any] | None = None,
                work_dir: str | Path | None = None,
                pretrain: str | Path | None = None) -> Recipe:
    """Read a recipe and the configs of its stages, and refuse what cannot work.

    Args:
        config (str, Path or Config): The recipe or its file; paths of stage configs are
            relative to the file that lists them. A config without stages is a recipe of one,
            'training', to which all overrides belong.
        cfg_options (Mapping[str, Any], optional): Overrides, ``stage.key`` to value;
            ``stage.task.argument`` for a task.
        work_dir (str or Path, optional): Defaults to the recipe's, else
            ``work_dirs/<recipe name>``, with ``pretrain`` ``..._from_<its name>``.
        pretrain (str or Path, optional): A config that learns features, from which the recipe or
            config is to start; see :func:`pretrained_recipe`.

    Returns:
        Recipe: The plan.

    Raises:
        FileNotFoundError: If a config file does not exist.
        ConfigError: If a name is unknown or given twice, stages depend on each other in a circle
            or on later ones, or a config has a mistake.
    """
    if pretrain is not None:
        if isinstance(config, Config):
            raise ConfigError('pretrain starts the file of a config from learned features, but got '
                              'a Config: write it to a file with config.dump(path).')
        config = pretrained_recipe(config, pretrain, load_recipe(config).groups_from)
    recipe = read_config(config)
    folder_name = Path(recipe.filename).stem if recipe.filename else 'recipe'
    work_dir = str(work_dir or recipe.get('work_dir') or Path('work_dirs') / folder_name)
    if 'stages' not in recipe:
        only = Stage(ONLY_STAGE, load_config(recipe, dict(cfg_options or {})))
        return Recipe(str(recipe.filename), {ONLY_STAGE: only}, ONLY_STAGE, work_dir)
    _refuse_unknown('The recipe', recipe, RECIPE_KEYS)
    entries = recipe.stages
    if not isinstance(entries, list) or not entries:
        raise ConfigError('stages must be a list with at least one stage, dict(name=..., '
                          'config=...).')
    found = flatten_stages(recipe)
    entries = [entry for entry, _ in found]
    names = [_name_of(index, entry) for index, entry in enumerate(entries)]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f'Two stages are called {name!r}: give each a name of its own.')
    options = _by_stage(cfg_options or {}, names)
    _check_order({name: _needed(entry) for name, entry in zip(names, entries, strict=True)})

    stages: dict[str, Stage] = {}
    for name, (entry, config) in zip(names, found, strict=True):
        try:
            stages[name] = _read_stage(name, entry, config, options[name], stages)
        except (ValueError, TypeError, OSError) as error:
            raise ConfigError(f'Stage {name!r}: {error}') from None
    groups_from = recipe.get('groups_from') or _first_training(stages)
    if groups_from not in stages:
        raise ConfigError(f'groups_from names {groups_from!r}, which is no stage'
                          f'{hint(near(groups_from, names))}.')
    return Recipe(str(recipe.filename), stages, groups_from, work_dir)


def _first_training(stages: Mapping[str, Stage]) -> str:
    return next((name for name, stage in stages.items() if stage.task is None),
                next(iter(stages)))


def _refuse_unknown(what: str, entry: Mapping, known: tuple[str, ...]) -> None:
    for key in entry:
        if key not in known:
            raise ConfigError(f'{what} has a key {key!r} that nothing takes'
                              f'{_meant_or_known(key, known)}.')


def _meant_or_known(key: str, known: Iterable[str]) -> str:
    return hint(near(key, known)) or f': it takes {", ".join(known)}'


def _name_of(index: int, entry: Any) -> str:
    if not isinstance(entry, Mapping) or not isinstance(entry.get('name'), str):
        raise ConfigError(f'stages.{index} must be a dict with a name, such as '
                          "dict(name='classifier', config='crt.py').")
    if not _NAME.fullmatch(entry['name']):
        raise ConfigError(f"A stage is called {entry['name']!r}, but its name becomes a folder: "
                          'use letters, digits, - and _.')
    _refuse_unknown(f'Stage {entry["name"]!r}', entry, STAGE_KEYS)
    return entry['name']


def _by_stage(cfg_options: Mapping[str, Any], names: list[str]) -> dict[str, dict[str, Any]]:
    options: dict[str, dict[str, Any]] = {name: {} for name in names}
    for key, value in cfg_options.items():
        name, _, inner = key.partition('.')
        if name not in options or not inner:
            raise ConfigError(f'--cfg-options {key}: overrides of a recipe begin with the name of '
                              f'a stage ({", ".join(names)}), as {names[0]}.KEY=VALUE.')
        options[name][inner] = value
    return options


def _source(entry: Mapping) -> Source | None:
    given = entry.get('load_from')
    if given is None:
        return None
    if isinstance(given, str):
        return Source(given)
    if not isinstance(given, Mapping) or not isinstance(given.get('stage'), str):
        raise ConfigError(f"Stage {entry['name']!r}: load_from must be the name of an earlier "
                          "stage or dict(stage=..., parts=dict(backbone='backbone')).")
    _refuse_unknown(f"load_from of stage {entry['name']!r}", given, SOURCE_KEYS)
    parts = given.get('parts')
    return Source(given['stage'], given.get('checkpoint'), None if parts is None else dict(parts))


def _inputs(entry: Mapping) -> dict[str, tuple[str, str]]:
    inputs = {}
    for key, value in (entry.get('inputs') or {}).items():
        stage, dot, artifact = str(value).partition('.')
        if not dot:
            raise ConfigError(f"Stage {entry['name']!r}: inputs.{key} must be 'stage.artifact', "
                              f'got {value!r}.')
        inputs[key] = (stage, artifact)
    return inputs


def _needed(entry: Mapping) -> list[str]:
    source = _source(entry)
    needed = [] if source is None else [source.stage]
    return needed + [stage for stage, _ in _inputs(entry).values()]


def _check_order(needs: Mapping[str, list[str]]) -> None:
    """Refuse unknown names, circles and stages that need a later one."""
    names = list(needs)
    for name, needed in needs.items():
        for other in needed:
            if other not in needs:
                raise ConfigError(f'Stage {name!r} needs stage {other!r}, which the recipe does '
                                  f'not have{hint(near(other, names))}.')
    for name in names:
        circle = _circle(name, needs, [])
        if circle:
            raise ConfigError('Stages need each other in a circle: '
                              f'{" needs ".join(circle)}.')
    for index, name in enumerate(names):
        for other in needs[name]:
            if other not in names[:index]:
                raise ConfigError(f'Stage {name!r} needs stage {other!r}, which comes later: list '
                                  f'{other!r} first.')


def _circle(name: str, needs: Mapping[str, list[str]], path: list[str]) -> list[str] | None:
    if name in path:
        return [*path[path.index(name):], name]
    found = (_circle(other, needs, [*path, name]) for other in needs[name])
    return next((circle for circle in found if circle), None)


def _read_stage(name: str, entry: Mapping, config: Config | None, options: dict[str, Any],
                earlier: Mapping[str, Stage]) -> Stage:
    if ('config' in entry) == ('task' in entry):
        raise ConfigError('it must have either a config (a training) or a task.')
    source, inputs = _source(entry), _inputs(entry)
    overrides = {**(entry.get('overrides') or {}), **options}
    for key, (stage, artifact) in inputs.items():
        known = artifacts_of(earlier[stage])
        if artifact not in known:
            raise ConfigError(f'inputs.{key} asks stage {stage!r} for {artifact!r}, but it makes '
                              f'{", ".join(known)}.')
    if source is not None and CHECKPOINT not in artifacts_of(earlier[source.stage]):
        raise ConfigError(f'it loads from stage {source.stage!r}, which makes no checkpoint.')
    if source is not None and earlier[source.stage].task is None:
        check_kept(source, earlier[source.stage].config)
    if 'config' in entry:
        if config is None:
            raise ConfigError(f'config must be the path of a file, got {entry["config"]!r}.')
        inputs_by_config = dict.fromkeys(inputs, 'to be filled by the recipe')
        config = load_config(config, {**overrides, **inputs_by_config})
        for hook in (config.get('default_hooks') or {}).values():
            if hook and hook.get('out_dir') is not None:
                raise ConfigError("checkpoints of a recipe lie in the folders of its stages: leave "
                                  'out_dir of the checkpoint hook out.')
            if source is None and hook and hook.get('parts') and not config.get('load_from'):
                raise ConfigError(f'it loads parts ({", ".join(hook.parts)}) of a checkpoint, but '
                                  "of none: add load_from='NAME' with the stage that makes it.")
        return Stage(name, config, None, source, inputs, entry.get('test', True))
    for key in overrides:
        if key.partition('.')[0] in TRAINING_SWITCHES:
            raise ConfigError(f'{key} is a switch of trainings, and this stage is a task: leave it '
                              'out.')
    task = _read_task(entry['task'], overrides, inputs)
    base = None
    if source is not None:
        base = load_config(earlier[source.stage].config, {
            key: value for key, value in overrides.items() if not key.startswith('task.')})
    config = build_task(task).output_config(base)
    return Stage(name, config, task, source, inputs, entry.get('test', True))


def _read_task(given: Any, overrides: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict:
    if not isinstance(given, Mapping) or not isinstance(given.get('type'), str):
        raise ConfigError("task must be a dict with a type, such as dict(type='ltplug."
                          "TauNormalizationTask').")
    task = Config(dict(task=dict(given)))
    task.merge_from_dict({key: value for key, value in overrides.items()
                          if key.startswith('task.')})
    task = task.task.to_dict()
    task.pop('_scope_', None)  # of a recipe that is inherited by the name of its package
    component = TASKS.get(task['type'])
    if component is None:
        names = [f'ltplug.{each}' for each in TASKS.module_dict]
        raise ConfigError(f"there is no task {task['type']!r}{hint(near(task['type'], names))}.")
    accepted, is_open = accepted_keys(component)
    for key in [*task, *inputs]:
        if key != 'type' and key not in accepted and not is_open:
            raise ConfigError(f"{task['type']} takes no {key!r}{_meant_or_known(key, accepted)}.")
    return task
