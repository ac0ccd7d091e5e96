"""Reads the files of a config: variables that nothing reads or that come too late."""

import ast
import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mmpretrain
from mmengine.config import Config

from ltplug.engine import config_tables as tables

_BASE_READ = re.compile(r'\{\{\s*_base_\.(\w+)')


def variable_names(filename: str | None) -> set[str] | None:
    """Names that a text config and its bases assign or define.

    Empty for a config without a file, ``None`` if its file is of another kind or gone.
    """
    files = _read_files(filename)
    if filename and not files:
        return None
    return {name for file in files for name in file.stores}


def folders_that_set(name: str, filename: str | None) -> list[Path]:
    """Folders of the files that set a variable, of a text config and its bases, nearest first.

    The folder of the config itself where none is found; the current one for a config without a
    file.
    """
    folders = [file.path.parent for file in _read_files(filename) if name in file.stores]
    return folders or [Path(filename).resolve().parent if filename else Path.cwd()]


def find_unread_variables(filename: str) -> list[str]:
    """One sentence per variable of a config file, or its bases, that nothing reads.

    Keys of the Runner, names that start with an underscore, and the files of an installed
    mmpretrain are left out, and so is a config that was dumped by a run.
    """
    files = _read_files(filename)
    if len(files) == 1 and _is_dump(files[0]):
        return []
    return [
        _tell_unread(file, name, files)
        for file in files if Path(mmpretrain.__file__).parent not in file.path.parents
        for name in file.values if not name.startswith('_')
        and name not in tables.RUNNER_KEYS and not _is_read(name, file, files)
    ]


def find_overridden_variables(cfg: Config, cfg_options: Iterable[str]) -> list[str]:
    """One sentence per override of a helper variable, whose value the file has already copied.

    Args:
        cfg: The merged config, overrides included.
        cfg_options: The dotted keys that were overridden.
    """
    files = _read_files(cfg.filename)
    helpers = {name for file in files for name in file.stores} - tables.RUNNER_KEYS
    sentences = []
    for option in cfg_options:
        name, _, rest = option.partition('.')
        if name in helpers:
            uses = [join(path, rest) for path in _uses(name, files) if _has(cfg, path)]
            instead = ' or '.join(uses) or "the component's own key"
            sentences.append(f'{option} cannot be overridden: {name} is a variable whose value was '
                             f'already copied when the file was read; override {instead} instead')
    return sentences


@dataclass
class _File:
    """What one text config assigns and reads; `heirs` are the files it is a base of."""

    path: Path
    heirs: list[Path]
    values: dict[str, list[ast.expr]] = field(default_factory=dict)
    stores: set[str] = field(default_factory=set)
    loads: set[str] = field(default_factory=set)
    base_loads: set[str] = field(default_factory=set)


def _read_files(filename: str | None) -> list[_File]:
    """A text config and all its bases; empty if they are of another kind or gone."""
    try:
        return _read_file(Path(filename).resolve(), []) if filename else []
    except (OSError, SyntaxError, ValueError, ImportError):  # Config.fromfile tells these
        return []


def _read_file(path: Path, heirs: list[Path]) -> list[_File]:
    file = _File(path, heirs)
    tree = ast.parse(path.read_text(encoding='utf-8'))
    if path.suffix != '.py' or any(isinstance(n, (ast.Import, ast.ImportFrom)) for n in tree.body):
        raise SyntaxError(f'{path} is not a text config')
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for name in (n for target in node.targets for n in ast.walk(target)):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                    file.values.setdefault(name.id, []).append(node.value)
        elif isinstance(node, ast.Name):
            # A deleted name counts as read: no key is left of it.
            (file.stores if isinstance(node.ctx, ast.Store) else file.loads).add(node.id)
        elif isinstance(node, ast.FunctionDef):
            file.stores.add(node.name)
        file.base_loads.update(_base_names(node))
    bases = [ast.literal_eval(base) for base in file.values.get('_base_', ())]
    files = [file]
    for base in (item for b in bases for item in ([b] if isinstance(b, str) else b)):
        # mmengine's own lookup, which also knows `package::` bases
        found, _ = Config._get_cfg_path(base, str(path))
        files += _read_file(Path(found).resolve(), [*heirs, path])
    return files


def _base_names(node: ast.AST) -> list[str]:
    """Names of base variables that a node reads, as ``_base_.x`` or ``'{{_base_.x}}'``."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return [node.attr] if node.value.id == '_base_' else []
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _BASE_READ.findall(node.value)
    return []


def _is_read(name: str, file: _File, files: list[_File]) -> bool:
    heirs = [other for other in files if other.path in file.heirs]
    return name in file.loads or any(name in heir.base_loads for heir in heirs)


def _is_dump(file: _File) -> bool:
    """Whether mmengine wrote the file: it sorts the keys and leaves no variable to read."""
    names = list(file.values)
    return 'model' in names and names == sorted(names) and not file.loads.intersection(names)


def _tell_unread(file: _File, name: str, files: list[_File]) -> str:
    path = file.path.relative_to(Path.cwd()) if Path.cwd() in file.path.parents else file.path
    start = f'{path} sets {name}, which nothing reads'
    if any(name in other.values for other in files if file.path in other.heirs):
        instead = ' or '.join(_uses(name, files)) or 'the key that is meant'
        return f'{start}: its base has already used its own value, set {instead} instead'
    return start + hint(near(name, tables.RUNNER_KEYS, cutoff=0.88))


def _uses(name: str, files: list[_File], seen: tuple[str, ...] = ()) -> list[str]:
    """Paths of the merged config into which the files copy a variable."""
    paths = []
    for file in files:
        for target, values in file.values.items():
            if target in (name, *seen):
                continue
            below = [path for value in values for path in _occurrences(value, name)]
            if below and target in tables.RUNNER_KEYS:
                paths += [join(target, path) for path in below]
            if below:
                paths += [join(use, path) for use in _uses(target, files, (*seen, name))
                          for path in below]
    return list(dict.fromkeys(paths))


def _occurrences(node: ast.AST, name: str, path: str = '') -> Iterator[str]:
    """Key paths inside an expression at which a variable is read."""
    children: list[tuple[str, ast.AST]]
    if (isinstance(node, ast.Name) and node.id == name) or name in _base_names(node):
        yield path
        return
    if isinstance(node, ast.Dict):
        children = [(str(key.value) if isinstance(key, ast.Constant) else '', value)
                    for key, value in zip(node.keys, node.values, strict=True)]
    elif isinstance(node, ast.Call):
        children = [(keyword.arg or '', keyword.value) for keyword in node.keywords]
        children += [('', argument) for argument in node.args]
    elif isinstance(node, (ast.List, ast.Tuple)):
        children = [(str(index), item) for index, item in enumerate(node.elts)]
    else:
        children = [('', child) for child in ast.iter_child_nodes(node)]
    for key, child in children:
        yield from _occurrences(child, name, join(path, key))


def _has(cfg: Config, path: str) -> bool:
    node: Any = cfg
    for key in path.split('.'):
        try:
            node = node[int(key) if isinstance(node, (list, tuple)) else key]
        except (KeyError, IndexError, ValueError, TypeError):
            return False
    return True


def join(path: str, key: str) -> str:
    """A key path one step longer; either part may be empty."""
    return '.'.join(part for part in (path, key) if part)


def near(name: str, names: Iterable[str], cutoff: float = 0.75) -> list[str]:
    """The other name that looks most like this one, in a list; empty if none is close."""
    names = [other for other in sorted(set(names)) if other != name]
    return difflib.get_close_matches(name, names, n=1, cutoff=cutoff)


def hint(names: list[str]) -> str:
    """The question that ends a sentence about a typo; empty without a name to offer."""
    return f' (did you mean {names[0]}?)' if names else ''
