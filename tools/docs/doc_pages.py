"""Reading Markdown: blocks of code, tables, headings and links of the documentation."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted({*ROOT.glob('*.md'), *ROOT.glob('docs/**/*.md'), *ROOT.glob('configs/**/*.md'),
                *ROOT.glob('examples/**/*.md')})
_FENCE = re.compile(r'^( *)(```+)\s*(\w*)[^\n]*\n(.*?)^\1\2[ \t]*$', re.DOTALL | re.MULTILINE)
_CODE = re.compile(r'^ *```+.*?^ *```+[ \t]*$|(?<!`)`[^`]+`(?!`)', re.DOTALL | re.MULTILINE)
_TAG = re.compile(r'<!-- test: (?P<tag>[a-z-]+)(?: (?P<reason>.+?))? -->\s*\Z')
_INLINE = re.compile(r'(?<!`)`((?:[A-Z_]+=\S+\s+)?(?:python|make|bash|\S+\.sh)\s[^`]+)`')
_LINK = re.compile(r'!?\[(?:[^][]|\[[^][]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)')


@dataclass(frozen=True)
class Block:
    """A block of code.

    Attributes:
        page (Path): Where it stands.
        line (int): Its first line, from 1.
        language (str): What stands behind the fence.
        text (str): Its lines.
        tag (str): Of the comment before it, ``<!-- test: TAG REASON -->``; '' without one.
        reason (str): Of the same comment.
    """

    page: Path
    line: int
    language: str
    text: str
    tag: str
    reason: str

    def __str__(self) -> str:
        return f'{self.page.relative_to(ROOT)}:{self.line}'


def blocks(page: Path) -> list[Block]:
    """Return the blocks of code of a page."""
    text = page.read_text(encoding='utf-8')
    found = []
    for match in _FENCE.finditer(text):
        tag = _TAG.search(text[:match.start()])
        indent = len(match[1])
        lines = [line[indent:] for line in match[4].splitlines()]
        found.append(Block(page, text[:match.start()].count('\n') + 2, match[3],
                           '\n'.join(lines) + '\n', tag['tag'] if tag else '',
                           (tag['reason'] or '') if tag else ''))
    return found


def inline_commands(page: Path) -> list[Block]:
    """Return the commands that stand in the text of a page, each as a block."""
    text = page.read_text(encoding='utf-8')
    blank = _FENCE.sub(lambda match: '\n' * match[0].count('\n'), text)
    return [Block(page, blank[:match.start()].count('\n') + 1, 'bash',
                  ' '.join(match[1].split()), '', '') for match in _INLINE.finditer(blank)]


def without_code(text: str) -> str:
    """Return a text without blocks of code, inline code and comments."""
    text = re.sub(r'<!--.*?-->', '', _FENCE.sub('', text), flags=re.DOTALL)
    return re.sub(r'(`+)(?!`).+?(?<!`)\1(?!`)', '', text, flags=re.DOTALL)


def links(page: Path) -> list[str]:
    """Return what the links of a page lead to, those to other sites left out."""
    found = _LINK.findall(without_code(page.read_text(encoding='utf-8')))
    return [target for target in found if not re.match(r'[a-z]+:', target)]


def rewrite_links(text: str, target_of: Callable[[str], str]) -> str:
    """Return a text whose links lead elsewhere; code stays as it is.

    Args:
        text (str): Markdown.
        target_of (Callable[[str], str]): New target by target.

    Returns:
        str: The new text.
    """
    code: list[str] = []

    def hide(match: re.Match) -> str:
        code.append(match[0])
        return f'\0{len(code) - 1}\0'

    def rewrite(match: re.Match) -> str:
        start, end = (at - match.start() for at in match.span(1))
        return match[0][:start] + target_of(match[1]) + match[0][end:]

    rewritten = _LINK.sub(rewrite, _CODE.sub(hide, text))
    return re.sub('\0(\\d+)\0', lambda match: code[int(match[1])], rewritten)


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub makes them."""
    found: dict[str, int] = {}
    text = _FENCE.sub('', page.read_text(encoding='utf-8'))
    for title in re.findall(r'^#{1,6} +(.+?)\s*#*$', text, re.MULTILINE):
        title = re.sub(r'\[([^]]*)\]\([^)]*\)', r'\1', title)
        slug = re.sub(r'[^\w\- ]', '', title.lower()).replace(' ', '-')
        number = found.get(slug, 0)
        found[slug] = number + 1
        if number:
            found[f'{slug}-{number}'] = 1
    return set(found)


def tables(text: str) -> list[list[list[str]]]:
    """Return the tables of a text as cells, header first."""
    found: list[list[list[str]]] = []
    inside = False
    for line in _FENCE.sub('', text).splitlines():
        if not line.startswith('|'):
            inside = False
            continue
        cells = [cell.strip().replace('\\|', '|') for cell in
                 re.split(r'(?<!\\)\|', line.strip().strip('|'))]
        if not inside:
            found.append([cells])
        elif not all(re.fullmatch(r':?-+:?', cell) for cell in cells):
            found[-1].append(cells)
        inside = True
    return found
