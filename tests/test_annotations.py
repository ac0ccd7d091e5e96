"""Whoever type-checks a project with ltplug in it gets types: ltplug has py.typed."""

import ast
from collections.abc import Iterator
from pathlib import Path

import ltplug

PACKAGE = Path(ltplug.__file__).parent
SPECIAL = {'__init__', '__call__', '__getitem__', '__iter__', '__len__'}


def functions(body: list[ast.stmt]) -> Iterator[ast.FunctionDef]:
    """Yield the public functions of a module, and the methods of its public classes."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith('_'):
            yield from functions(node.body)
        elif isinstance(node, ast.FunctionDef) and (
                not node.name.startswith('_') or node.name in SPECIAL):
            yield node


def is_annotated(function: ast.FunctionDef) -> bool:
    """Return whether all arguments and what is returned have types."""
    given = function.args
    arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return function.returns is not None and all(
        argument is None or argument.annotation is not None or argument.arg in ('self', 'cls')
        for argument in arguments)


def test_what_counts_as_annotated():
    code = '''
def no(a, b: int) -> int: ...
def neither(a: int): ...
def yes(a: int, *, b: int = 1) -> int: ...
def _private(a): ...
class Public:
    def __init__(self, *args) -> None: ...
    def __repr__(self): ...
class _Private:
    def method(self, a): ...
'''
    found = {each.name: is_annotated(each) for each in functions(ast.parse(code).body)}
    assert found == {'no': False, 'neither': False, 'yes': True, '__init__': False}


def test_public_functions_are_annotated():
    lacking, number = [], 0
    for path in PACKAGE.rglob('*.py'):
        if '.mim' in path.parts:
            continue
        for function in functions(ast.parse(path.read_text(encoding='utf-8')).body):
            number += 1
            if not is_annotated(function):
                lacking.append(f'{path.relative_to(PACKAGE)}:{function.lineno} {function.name}')
    assert number > 700
    assert len(lacking) <= 0.05 * number, '\n'.join(lacking)
    assert (PACKAGE / 'py.typed').is_file()
