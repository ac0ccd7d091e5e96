"""Recipes inside recipes, and recipes that start from features learned without labels."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ltplug.apis.config import read_config
from ltplug.engine.config_check import ConfigError
from ltplug.engine.config_variables import folders_that_set
from ltplug.zoo import find_config

NESTED_KEYS = ('name', 'config', 'overrides', 'load_from')
PRETRAINING = 'pretraining'

Entry = tuple[Any, Config | None]


def flatten_stages(recipe: Config, outside: tuple[Path, ...] = ()) -> list[Entry]:
    """Read the configs of stages, and put the stages of a recipe where one is named as a config.

    With a name, the entry of a recipe prefixes it to the names of its stages; its ``overrides``
    begin with the names that they have in their recipe, and its ``load_from`` is where those of
    its trainings start from that load nothing.

    Args:
        recipe (Config): The recipe, its stages unchecked. Paths of configs are relative to the file
            that lists them, which may be a base of the recipe's.
        outside (tuple[Path]): Files of the recipes around. Defaults to none.

    Returns:
        list[tuple[Any, Config or None]]: Every entry, as it is or as it has become, and its config
        where it has one.

    Raises:
        ConfigError: If a config file does not exist, the entry of a recipe has a mistake, or a
            recipe is inside itself.
    """
    folders = folders_that_set('stages', recipe.filename)
    flat: list[Entry] = []
    for entry in recipe.stages:
        if not isinstance(entry, Mapping) or not isinstance(entry.get('config'), str):
            flat.append((entry, None))
            continue
        paths = [(folder / entry['config']).resolve() for folder in folders]
        path = next((path for path in paths if path.is_file()), paths[0])
        if path in outside:
            raise ConfigError(f'{path} names itself as the config of a stage.')
        try:
            config = read_config(path)
        except FileNotFoundError as error:
            raise ConfigError(f'Stage {entry.get("name")!r}: {error}') from None
        if 'stages' in config:
            flat += _stages_inside(entry, flatten_stages(config, (*outside, path)))
        else:
            flat.append((entry, config))
    return flat


def _stages_inside(outer: Mapping, inner: list[Entry]) -> list[Entry]:
    for key in outer:
        if key not in NESTED_KEYS:
            raise ConfigError(f'{outer["config"]} is a recipe, for which {key!r} cannot be set: it '
                              f'takes {", ".join(NESTED_KEYS)}.')
    prefix = f'{outer["name"]}-' if 'name' in outer else ''
    names = [entry.get('name') for entry, _ in inner if isinstance(entry, Mapping)]
    overrides: dict[str, dict] = {name: {} for name in names}
    for key, value in (outer.get('overrides') or {}).items():
        name, _, inside = key.partition('.')
        if name not in overrides or not inside:
            raise ConfigError(f'overrides of {outer["config"]} begin with the name of one of its '
                              f'stages ({", ".join(map(str, names))}), got {key!r}.')
        overrides[name][inside] = value
    return [(_placed(entry, prefix, overrides[entry.get('name')], outer.get('load_from')), config)
            if isinstance(entry, Mapping) else (entry, config) for entry, config in inner]


def _placed(entry: Mapping, prefix: str, overrides: Mapping, start: Any) -> dict:
    """Return the entry of a stage under its new name, with what the outer recipe gives it."""
    entry = dict(entry)
    entry['name'] = prefix + str(entry.get('name'))
    source = entry.get('load_from')
    if isinstance(source, str):
        entry['load_from'] = prefix + source
    elif isinstance(source, Mapping) and 'stage' in source:
        entry['load_from'] = {**source, 'stage': prefix + str(source['stage'])}
    elif source is None and start is not None and 'config' in entry:
        entry['load_from'] = start
    if entry.get('inputs'):
        entry['inputs'] = {key: prefix + str(value) for key, value in entry['inputs'].items()}
    if overrides:
        entry['overrides'] = {**(entry.get('overrides') or {}), **overrides}
    return entry


def pretrained_recipe(config: str | Path, pretrain: str | Path, groups_from: str) -> Config:
    """Return the recipe that learns features first and starts another config or recipe from them.

    Self-supervised pre-training of Yang and Xu, "Rethinking the Value of Labels for Improving
    Class-Imbalanced Learning", 2020, section 4.2: only the backbone is handed on, and what follows
    is trained as it is.

    Args:
        config (str or Path): File of a config, which becomes the stage 'training', or of a
            recipe, whose stages keep their names.
        pretrain (str or Path): File of the config that learns features, the stage 'pretraining'.
        groups_from (str): Name of the stage whose class counts define the groups.

    Returns:
        Config: The recipe.

    Raises:
        FileNotFoundError: If a file does not exist.
        ConfigError: If the features would be learned by a recipe.
    """
    config, pretrain = find_config(config), find_config(pretrain)
    if 'stages' in read_config(pretrain):
        raise ConfigError(f'--pretrain takes the config of one training, but {pretrain} is a '
                          'recipe: name the config of its stage that learns the features.')
    original = read_config(config)
    start = dict(stage=PRETRAINING, parts=dict(backbone='backbone'))
    training = dict(config=str(Path(config).resolve()), load_from=start)
    if 'stages' not in original:
        training['name'] = groups_from
    work_dir = original.get('work_dir') or Path('work_dirs') / Path(config).stem
    return Config(dict(
        stages=[dict(name=PRETRAINING, config=str(Path(pretrain).resolve())), training],
        groups_from=groups_from,
        work_dir=f'{work_dir}_from_{Path(pretrain).stem}'), filename=str(config))
