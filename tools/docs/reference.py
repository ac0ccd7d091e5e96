"""What the API reference has: the public names of packages, read without importing them."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = ('apis', 'datasets', 'datasets.samplers', 'datasets.transforms', 'engine',
           'engine.hooks', 'engine.tasks', 'evaluation', 'models.backbones', 'models.heads',
           'models.losses', 'models.methods', 'models.utils', 'ops', 'reports', 'structures',
           'utils', 'visualization')


def pages() -> dict[str, str]:
    """Return the pages of the reference.

    Returns:
        dict[str, str]: Path in the site to Markdown.
    """
    found = {}
    for module in MODULES:
        docstring = (ast.get_docstring(_source_of(module)) or '').replace('``', '`')
        places = _places(module)
        parts = [f'# ltplug.{module}', docstring,
                 *(f'::: {places[name]}' for name in documented_names(module))]
        found[f'reference/{module}.md'] = '\n\n'.join(parts) + '\n'
    return found


@cache
def documented_names(module: str) -> tuple[str, ...]:
    """Return ``__all__`` of a package of ltplug, less what a package inside of it documents.

    Args:
        module (str): Its name, without 'ltplug.'.

    Returns:
        tuple[str]: The names, sorted.
    """
    inner = {name for other in MODULES if other.startswith(f'{module}.')
             for name in documented_names(other)}
    for node in _source_of(module).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], 'id', '') == '__all__':
            return tuple(sorted({*ast.literal_eval(node.value)} - inner, key=str.lower))
    raise ValueError(f'ltplug.{module} has no __all__.')


@cache
def place_of(name: str) -> str | None:
    """Return the dotted path of a function or class in the reference.

    Args:
        name (str): Its name or a path of it.

    Returns:
        str: As in ``::: PATH``; None where the reference does not have it.
    """
    name = name.rpartition('.')[2]
    return next((_places(module)[name] for module in MODULES
                 if name in documented_names(module)), None)


@cache
def _places(module: str) -> dict[str, str]:
    """Return where a package's names are defined: a module may have the name of its function."""
    places = {name: f'ltplug.{module}.{name}' for name in documented_names(module)}
    for node in _source_of(module).body:
        if isinstance(node, ast.ImportFrom) and node.level < 2:
            package = f'ltplug.{module}.' if node.level else ''
            places |= {alias.asname or alias.name: f'{package}{node.module}.{alias.name}'
                       for alias in node.names}
    return places


def _source_of(module: str) -> ast.Module:
    path = ROOT / 'ltplug' / module.replace('.', '/') / '__init__.py'
    return ast.parse(path.read_text(encoding='utf-8'))
