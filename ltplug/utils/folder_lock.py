"""A folder in which one run writes at a time."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

LOCK_FILE = '.ltplug-running'
_NOT_OFFERED = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


@contextmanager
def folder_locked(folder: str | os.PathLike) -> Iterator[None]:
    """Keep other processes from running in a folder, until the context or this process ends.

    The lock belongs to the process, not to those that load its data, so that nothing is left of it
    after a kill. Where the file system offers none, nothing is done.

    Args:
        folder (str or PathLike): The folder, which exists.

    Raises:
        RuntimeError: If another process runs in it.
    """
    path = Path(folder) / LOCK_FILE
    file = None if fcntl is None else _lock(path)
    try:
        yield
    finally:
        if file is not None:
            path.unlink(missing_ok=True)
            os.close(file)


def _lock(path: Path) -> int | None:
    """Return the descriptor of the locked file; None where locks are not offered."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            running = os.read(file, 20).decode(errors='replace').strip()
            os.close(file)
            if error.errno in _NOT_OFFERED:
                path.unlink(missing_ok=True)
                return None
            raise RuntimeError(f'Another run (process {running}) writes into {path.parent}: wait '
                               'until it ends, or choose another --work-dir.') from None
        if path.is_file() and os.fstat(file).st_ino == path.stat().st_ino:
            os.truncate(file, 0)
            os.write(file, str(os.getpid()).encode())
            return file
        os.close(file)  # whoever had it has just removed it
