"""Finding out which commands a block of shell would call, without calling them."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from doc_pages import ROOT, Block

CALLED = ('python', 'python3', 'pip', 'make', 'ltplug', 'torchrun', 'srun', 'mim', 'git',
          'tensorboard', 'pytest', 'pre-commit', 'tar', 'unzip', 'wget')
REAL = ('bash', 'sh', 'env', 'basename', 'dirname', 'cat', 'mkdir', 'seq')
# Number of arguments, folder, PYTHONPATH, name and arguments, each with a zero byte behind it; then
# what "python -" would read.
_STAND_IN = r"""#!/bin/sh
printf '%s\0' "$#" "$PWD" "$PYTHONPATH" "${0##*/}" "$@" >> "$COMMANDS"
if [ "$1" = - ]; then /bin/cat; fi >> "$COMMANDS"
printf '\0' >> "$COMMANDS"
"""


@dataclass(frozen=True)
class Command:
    """A call of a program.

    Attributes:
        name (str): The program.
        arguments (list[str]): What it gets.
        folder (Path): Where it is called.
        python_path (list[str]): Folders of ``PYTHONPATH``.
        stdin (str): What ``python -`` reads.
    """

    name: str
    arguments: list[str]
    folder: Path
    python_path: list[str]
    stdin: str


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in a folder for a while."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def make_sandbox(folder: Path) -> Path:
    """Make a folder that looks like the repository, and programs that only note their calls.

    Args:
        folder (Path): An empty folder.

    Returns:
        Path: The folder to run blocks in.
    """
    programs, sandbox = folder / 'programs', folder / 'ltplug'
    programs.mkdir()
    for name in CALLED:
        (programs / name).write_text(_STAND_IN)
        (programs / name).chmod(0o755)
    for name in REAL:
        (programs / name).symlink_to(shutil.which(name))
    sandbox.mkdir()
    for path in ROOT.iterdir():
        if path.name in ('configs', 'tools', 'docs', 'examples', 'requirements', 'Makefile'):
            (sandbox / path.name).symlink_to(path)
    (sandbox / 'ltplug').symlink_to('.')  # after "git clone", "cd ltplug"
    activate = sandbox / '.venv' / 'bin' / 'activate'
    activate.parent.mkdir(parents=True)
    activate.touch()
    return sandbox


def commands_of(block: Block, sandbox: Path) -> list[Command]:
    """Let bash run a block in which all programs only note their calls.

    Pages of an example speak of the folder that they stand in, all others of the repository's.

    Args:
        block (Block): A block of shell.
        sandbox (Path): From :func:`make_sandbox`.

    Returns:
        list[Command]: Every call, also those in loops and in scripts of ``tools/``.

    Raises:
        AssertionError: If bash finds a mistake, or the block calls a program that is not known.
    """
    place = block.page.parent.relative_to(ROOT)
    folder = sandbox / (place if place.parts[:1] == ('examples',) else '')
    log = sandbox.parent / 'commands'
    log.write_bytes(b'')
    done = subprocess.run(
        ['bash', '-eu', '-o', 'pipefail', '-c', block.text], cwd=folder, text=True,
        stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False,
        env={'PATH': str(sandbox.parent / 'programs'), 'COMMANDS': str(log),
             'HOME': str(sandbox), 'LANG': os.environ.get('LANG', 'C.UTF-8')})
    assert done.returncode == 0, done.stderr.strip()
    found = []
    fields = iter(log.read_text(encoding='utf-8').split('\0')[:-1])
    for number in fields:
        folder, python_path, name = Path(next(fields)), next(fields), next(fields)
        arguments = [next(fields) for _ in range(int(number))]
        folders = [str(folder / each) for each in python_path.split(':') if each]
        found.append(Command(name, arguments, folder, folders, next(fields)))
    return found
