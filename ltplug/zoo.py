"""The configs that ltplug ships, by name; importing this needs neither torch nor mmengine."""

import difflib
import fnmatch
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent
RECIPE = '_recipe'


@dataclass(frozen=True)
class ShippedConfig:
    """A config or recipe that ltplug ships; its name tells what it is.

    Args:
        path (Path): The file, called ``<method>_<backbone>_<epochs>_<dataset>.py`` or
            ``<method>_<backbone>_<dataset>_recipe.py``, in the folder of its method.
    """

    path: Path

    @property
    def name(self) -> str:
        """Name of the file without its suffix, such as ``ce_cifar-resnet20_60e_digits-lt``."""
        return self.path.stem

    @property
    def folder(self) -> str:
        """Folder of the method's family, such as ``balanced_softmax``."""
        return self.path.parent.name

    @property
    def method(self) -> str:
        """The method, such as ``ldam-drw``."""
        return self.name.split('_')[0]

    @property
    def dataset(self) -> str:
        """The data set, such as ``cifar10-lt-ir100``."""
        return self.name.removesuffix(RECIPE).split('_')[-1]

    @property
    def is_recipe(self) -> bool:
        """Whether it is a recipe of several stages."""
        return self.name.endswith(RECIPE)


def config_folder() -> Path:
    """Return the folder of the shipped configs, which an installed ltplug has in ``.mim``.

    Returns:
        Path: The folder.

    Raises:
        FileNotFoundError: If this copy of ltplug has none.
    """
    # Where git made no symbolic link (Windows), a checkout has the folder beside the package.
    for folder in (PACKAGE / '.mim' / 'configs', PACKAGE.parent / 'configs'):
        if folder.is_dir():
            return folder.resolve()
    raise FileNotFoundError(f'ltplug at {PACKAGE} has lost its configs: install it again.')


@cache
def shipped_configs() -> tuple[ShippedConfig, ...]:
    """Return all configs and recipes that ltplug ships, sorted by name.

    Returns:
        tuple[ShippedConfig]: Without the bases.
    """
    paths = (path for path in config_folder().glob('*/*.py') if path.parent.name != '_base_')
    return tuple(map(ShippedConfig, sorted(paths, key=lambda path: path.stem)))


def select_configs(pattern: str | None = None, method: str | None = None,
                   dataset: str | None = None, recipes: bool | None = None) -> list[ShippedConfig]:
    """Return the shipped configs that fit all that is asked for.

    Args:
        pattern (str, optional): Part of the name, or a pattern with ``*`` for the whole name.
        method (str, optional): Method or folder, or the beginning of its name up to a ``-``:
            ``ldam`` fits ``ldam-drw`` too. May hold ``*``.
        dataset (str, optional): Likewise, such as ``cifar10`` or ``*-ir50``.
        recipes (bool, optional): Whether to return only recipes, or only single trainings.
            Defaults to both.

    Returns:
        list[ShippedConfig]: Sorted by name.
    """
    if pattern is not None and not _is_glob(pattern):
        pattern = f'*{pattern}*'
    return [config for config in shipped_configs()
            if (pattern is None or fnmatch.fnmatchcase(config.name, pattern))
            and (method is None or _fits(config.method, method) or _fits(config.folder, method))
            and (dataset is None or _fits(config.dataset, dataset))
            and (recipes is None or config.is_recipe == recipes)]


def list_configs(pattern: str | None = None, method: str | None = None,
                 dataset: str | None = None, recipes: bool | None = None) -> list[str]:
    """Return the names of the shipped configs that fit all that is asked for.

    Args:
        pattern (str, optional): As in :func:`select_configs`.
        method (str, optional): As in :func:`select_configs`.
        dataset (str, optional): As in :func:`select_configs`.
        recipes (bool, optional): As in :func:`select_configs`.

    Returns:
        list[str]: Sorted names, each of which :func:`find_config` finds.
    """
    return [config.name for config in select_configs(pattern, method, dataset, recipes)]


def find_config(name: str | Path) -> Path:
    """Return the file of a config, given as a path or by the name of one that ltplug ships.

    Args:
        name (str or Path): A file; or, where there is none, a shipped config:
            ``ldam-drw_cifar-resnet20_60e_digits-lt``, with or without ``.py``, its folder and
            ``configs/`` before it.

    Returns:
        Path: The file.

    Raises:
        FileNotFoundError: If there is no such file and no such name.
    """
    path = Path(name)
    if path.is_file():
        return path
    wanted = path.as_posix().removeprefix('configs/').removesuffix('.py')
    for config in shipped_configs():
        if wanted in (config.name, f'{config.folder}/{config.name}'):
            return config.path
    sentence = f'There is no config file {name}'
    if not path.is_absolute():
        near = difflib.get_close_matches(wanted.split('/')[-1], list_configs(), cutoff=0.6)
        meant = f' (did you mean {" or ".join(near)}?)' if near else ''
        sentence += (f' in {Path.cwd()}, and ltplug ships none of that name{meant}; "ltplug list" '
                     'shows all')
    raise FileNotFoundError(f'{sentence}.')


def _is_glob(text: str) -> bool:
    return any(character in text for character in '*?[')


def _fits(name: str, wanted: str) -> bool:
    name, wanted = name.replace('_', '-'), wanted.replace('_', '-')
    if _is_glob(wanted):
        return fnmatch.fnmatchcase(name, wanted)
    return name == wanted or name.startswith(f'{wanted}-')
