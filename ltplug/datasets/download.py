"""Fetching public archives: checked, continued where they broke off, never half there."""

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from mmengine.dist import barrier, get_rank
from mmengine.logging import print_log
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

PARTIAL_SUFFIX = '.part'
_CHUNK = 1 << 20
_ATTEMPTS = 5
_TIMEOUT = 30


class DownloadError(RuntimeError):
    """A file could not be fetched, or is not the one that was asked for."""


def download(url: str, path: str | os.PathLike, md5: str | None = None) -> Path:
    """Fetch a file once.

    A file that is there already is kept if its sum is right. What arrives is written to
    ``path + '.part'`` and renamed when it is complete. A download that broke off continues there,
    also in a later run, if the server can (HTTP Range) and ``md5`` is given; without it nothing
    would tell whether the parts belong together. Of many processes one on each machine fetches
    and the others wait, so all of them must call this.

    Args:
        url (str): Address of the file.
        path (str or os.PathLike): Where to put it.
        md5 (str, optional): MD5 sum in hexadecimal digits.

    Returns:
        Path: The file.

    Raises:
        DownloadError: If the file cannot be fetched or its sum is wrong.
    """
    path = Path(path).expanduser()
    on_first_process(lambda: _fetch_once(url, path, md5))
    if not path.is_file():  # another process failed and says why
        raise DownloadError(f'There is no {path}: fetch {url} and put it there.')
    return path


def on_first_process(work: Callable[[], object]) -> None:
    """Run a function on one process of each machine while the others wait.

    Args:
        work (Callable): Called without arguments; does nothing where its result is there already.
            Its errors are raised on that process.
    """
    rank = get_rank()
    failure = None
    # One after the other: machines may share the disk, and then find the first one's work.
    for mine in (rank == 0, rank != 0 and os.environ.get('LOCAL_RANK') == '0'):
        try:
            if mine:
                work()
        except Exception as error:
            failure = error  # raised when nobody waits for this process any more
        barrier()
    if failure is not None:
        raise failure


def file_md5(path: str | os.PathLike) -> str:
    """Return the MD5 sum of a file's content in hexadecimal digits."""
    # against accidents, not against attackers; machines in FIPS mode want to be told
    digest = hashlib.md5(usedforsecurity=False)
    with open(path, 'rb') as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _fetch_once(url: str, path: Path, md5: str | None) -> None:
    if path.is_file():
        if md5 and file_md5(path) != md5:
            raise DownloadError(f'{path} is damaged or another file (its MD5 sum is not {md5}): '
                                f'delete it, and it is fetched again from {url}.')
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + PARTIAL_SUFFIX)
    if md5 is None:
        partial.unlink(missing_ok=True)
    print_log(f'Downloading {url} to {path}', logger='current')
    try:
        _fetch(url, partial)
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, 'reason', None) or error or type(error).__name__
        raise DownloadError(
            f'{url} cannot be downloaded ({reason}): check the network and start again, or fetch '
            f'it by other means and put it at {path}.') from error
    if md5 and file_md5(partial) != md5:
        partial.unlink()
        raise DownloadError(f'What {url} gave is damaged or another file (its MD5 sum is not '
                            f'{md5}): start again, or fetch it by other means and put it at '
                            f'{path}.')
    os.replace(partial, path)


def _fetch(url: str, partial: Path) -> None:
    """Fetch what is missing of a file, in several attempts as long as each brings something."""
    console = Console(stderr=True)
    columns = (TextColumn('{task.description}'), BarColumn(), DownloadColumn(),
               TransferSpeedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(url.rsplit('/', 1)[-1], total=None)
        for attempt in range(1, _ATTEMPTS + 1):
            before = _size(partial)
            try:
                total = _receive(url, partial, lambda done, total: progress.update(
                    task, completed=done, total=total))
                if total is None or _size(partial) >= total:
                    return
                error = http.client.HTTPException(
                    f'it broke off after {_size(partial):,} of {total:,} bytes')
            except (http.client.HTTPException, ConnectionError, TimeoutError) as caught:
                error = caught
            if attempt == _ATTEMPTS or _size(partial) == before:
                raise error


def _receive(url: str, partial: Path, report: Callable[[int, int | None], None]) -> int | None:
    """Append to the partial file what one request gives; return the size of the whole file."""
    done = _size(partial)
    request = urllib.request.Request(url, headers={'Range': f'bytes={done}-'} if done else {})
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == 416 and done:  # nothing is missing
            return done
        raise
    with response:
        if response.status != 206:  # the whole file, from a server that cannot continue
            done = 0
        length = response.headers.get('Content-Length')
        total = done + int(length) if length else None
        with open(partial, 'ab' if done else 'wb') as file:
            while chunk := response.read(_CHUNK):
                file.write(chunk)
                done += len(chunk)
                report(done, total)
    return total


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
