"""A griffe extension: the reStructuredText of docstrings becomes Markdown.

Docstrings have three marks that Markdown lacks: roles (``:class:`Name```, ``:math:`x```), the
directive ``.. math::`` and ``text::`` before code. Formulas become MathML, which browsers draw
themselves.
"""

import re
import sys
import textwrap
from pathlib import Path
from typing import Any

from griffe import Extension, Object
from latex2mathml.converter import convert

sys.path.append(str(Path(__file__).parent))

from reference import place_of  # stands beside this file

_INHERITED = re.compile(r'^Args:\n +\*\*kwargs: (\w)', re.MULTILINE)
_ROLE = re.compile(r':(?P<role>[a-z]+):`(?P<text>[^`]+)`')
_MATH = re.compile(r'^(?P<indent> *)\.\. math::(?P<text>[^\n]*(?:\n(?:(?P=indent) +[^\n]+| *)'
                   r'(?=\n|\Z))*)', re.MULTILINE)


def to_markdown(text: str) -> str:
    """Turn the reStructuredText of a docstring into Markdown.

    Args:
        text (str): The docstring.

    Returns:
        str: The same in Markdown.
    """
    text = _ROLE.sub(_role, _MATH.sub(_block, text))
    text = re.sub(r'::$', ':', text, flags=re.MULTILINE)
    return re.sub(r'^( *)Example:$', r'\1Examples:', text, flags=re.MULTILINE)


def _role(match: re.Match) -> str:
    content = ' '.join(match['text'].split())
    if match['role'] == 'math':
        # A line that began with <math> would be taken for a block of HTML.
        return f'<span>{formula(content, "inline")}</span>'
    name = content.lstrip('~!')
    place = place_of(name) if match['role'] in ('class', 'func') else None
    return f'[`{name.rpartition(".")[2]}`][{place}]' if place else f'`{name}`'


def _block(match: re.Match) -> str:
    content = ' '.join(textwrap.dedent(match['text']).split())
    return f'{match["indent"]}{formula(content, "block")}\n'


def formula(latex: str, display: str) -> str:
    """Return a formula as MathML.

    Args:
        latex (str): The formula.
        display (str): 'inline' or 'block'.

    Returns:
        str: HTML on one line.
    """
    return convert(latex, display=display).replace('\n', '')


class Docstrings(Extension):
    """Translates docstrings when their objects are loaded."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        """Translate the docstring of an object."""
        if obj.docstring is None:
            return
        text = to_markdown(obj.docstring.value)
        if obj.is_class and '__init__' not in obj.members:  # its arguments are not in the source
            text = _INHERITED.sub(r'Its arguments: \1', text)
        obj.docstring.value = text
