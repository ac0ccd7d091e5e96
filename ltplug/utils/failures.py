"""What went wrong, and in whose code, of an exception that may come from a loading process."""

import linecache
import re
import sysconfig
import traceback
from pathlib import Path
from typing import NamedTuple

_NO_REASON = 'no reason was given'
_HEADER = 'Traceback (most recent call last):'
_FRAME = re.compile(r'^  File "(?P<file>.+)", line (?P<line>\d+), in (?P<function>.+)$',
                    re.MULTILINE)
_PACKAGE = Path(__file__).parent.parent
_FOLDERS = [_PACKAGE, *(Path(sysconfig.get_path(name)) for name in
                        ('stdlib', 'platstdlib', 'purelib', 'platlib'))]


class Frame(NamedTuple):
    """A place in a program."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f'{self.file}, line {self.line}, in {self.function}'


class Failure(NamedTuple):
    """What an exception tells.

    Attributes:
        kind (str): Name of its class.
        text (str): What it says.
        frames (list[Frame]): The way to where it arose.
    """

    kind: str
    text: str
    frames: list[Frame]

    @property
    def summary(self) -> str:
        """str: The first line of what it says."""
        return self.text.splitlines()[0]

    @property
    def project_frame(self) -> Frame | None:
        """Frame, optional: The last place in code that is neither ltplug's nor installed."""
        return next((frame for frame in reversed(self.frames) if _is_of_project(frame.file)), None)

    @property
    def is_ours(self) -> bool:
        """bool: Whether ltplug has raised it, to tell what to change."""
        if not self.frames:
            return False
        file, line, _ = self.frames[-1]
        statement = linecache.getline(file, line).strip()
        return Path(file).is_relative_to(_PACKAGE) and statement.startswith('raise ')


def read_failure(error: BaseException) -> Failure:
    """Read an exception, in place of torch's copy of it that of the loading process.

    Args:
        error (BaseException): Any exception that has been raised.

    Returns:
        Failure: What it tells; the frames are those since it was raised or, of a loading process,
        its own.
    """
    text = str(error).strip()
    if text.startswith('Caught ') and _HEADER in text:
        told = text.rpartition(f'{_HEADER}\n')[2]
        frames = [Frame(match['file'], int(match['line']), match['function'])
                  for match in _FRAME.finditer(told)]
        lines = [line for line in told.splitlines() if not line.startswith(' ')]
        kind, _, text = '\n'.join(lines).strip().partition(': ')
        return Failure(kind.rpartition('.')[2], text or _NO_REASON, frames)
    frames = [Frame(frame.filename, frame.lineno or 0, frame.name)
              for frame in traceback.extract_tb(error.__traceback__)]
    return Failure(type(error).__name__, text or _NO_REASON, frames)


def _is_of_project(file: str) -> bool:
    path = Path(file)
    return path.is_absolute() and not any(map(path.is_relative_to, _FOLDERS)) and (
        not {'site-packages', 'dist-packages'}.intersection(path.parts))
