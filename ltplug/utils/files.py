"""Files that are whole or not there."""

import json
import math
import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

TEMPORARY_SUFFIX = '.ltplug-tmp'


def write_atomically(path: str | os.PathLike, write: Callable[[BinaryIO], None]) -> None:
    """Write a file so that its name always stands for a whole one, the old or the new.

    Args:
        path (str | os.PathLike): The file to write or replace.
        write (Callable): Called with the open binary file.

    Raises:
        OSError: If that fails, with the name of the file; what it held before is kept.
    """
    path = Path(path)
    # Not tempfile: its files are for the owner only, and stay so when they are renamed.
    temporary = path.with_name(f'{path.name}.{uuid.uuid4().hex}{TEMPORARY_SUFFIX}')
    try:
        with open(temporary, 'xb') as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:  # a full disk names no file
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: str | os.PathLike, content: Any) -> None:
    """Write JSON atomically, making the folder if needed.

    Args:
        path (str | os.PathLike): The file.
        content: Plain containers of numbers and texts; arrays and tensors become lists, numbers
            that are not finite become null.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_plain(content), indent=1, allow_nan=False)
    write_atomically(path, lambda file: file.write(text.encode()))


def _plain(value: Any) -> Any:
    if hasattr(value, 'tolist'):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | None) else str(value)


def why_no_file(path: str | os.PathLike) -> str:
    """Tell why a path names no checkpoint file.

    Args:
        path (str or PathLike): A path that is no file.

    Returns:
        str: The rest of a sentence that begins with the path.
    """
    if not Path(path).expanduser().is_dir():
        return f'does not exist{sought_in(path)}'
    files = sorted(Path(path).expanduser().glob('*.pth'))
    inside = f' (in it is {files[-1].name})' if files else ''
    return f'is a folder and no checkpoint file{inside}'


def sought_in(path: str | os.PathLike) -> str:
    """Tell where a path that was not found was looked for.

    Args:
        path (str or PathLike): The path.

    Returns:
        str: ' in FOLDER', to be put behind a relative path; '' for an absolute one.
    """
    return '' if Path(path).expanduser().is_absolute() else f' in {Path.cwd()}'
