"""Reading checkpoints that nobody vouches for, and writing them whole."""

import ast
import logging
import os
import pickle
import re
import tarfile
import urllib.parse
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import Any

import torch
from mmengine.dist import barrier, get_rank
from mmengine.logging import print_log
from mmengine.runner import CheckpointLoader

from ltplug.utils.files import sought_in
from ltplug.utils.numpy_stand_ins import RefusedError

from .weights_only import load_weights_only

# Eight digits that begin with 20 are the date that OpenMMLab puts into names, not a hash.
HASH_IN_NAME = re.compile(r'-(?!20\d{6}\.)([0-9a-f]{8,64})\.\w+$')
_PLAIN_NODES = (ast.Module, ast.Assign, ast.Name, ast.expr_context, ast.Constant, ast.Dict,
                ast.List, ast.Tuple, ast.Set, ast.Call, ast.keyword, ast.UnaryOp, ast.USub)
OLD_FORMAT = 'the legacy tar format'  # what torch takes any file for that it does not know
NUMBERED = re.compile(r'(epoch|iter)_(\d+)\.pth')


class UntrustedCheckpointError(RuntimeError):
    """A checkpoint asks for more than weights and plain data."""


class CheckpointUnreadableError(RuntimeError):
    """A checkpoint is truncated, damaged, of another format, or could not be downloaded."""


def _asked_for(error: Exception) -> str | None:
    """What a file asked for when torch refused it; None where the file is only unreadable."""
    text = str(error)
    if isinstance(error, RefusedError):
        return text
    if isinstance(error, pickle.UnpicklingError) and 'Unsupported operand' not in text:
        name = re.search(r'GLOBAL (\S+)', text)
        return name[1] if name else 'operations that weights do not need'
    if 'weights_only=True' in text:
        return 'TorchScript code' if 'TorchScript' in text else OLD_FORMAT
    return None


def _printable(text: str) -> str:
    return text[:200].encode('unicode_escape').decode()


def load_checkpoint_file(path: str | os.PathLike, map_location: Any = 'cpu') -> dict:
    """Load one local checkpoint without running anything that it contains.

    Tensors, numbers, texts, plain containers, numeric numpy arrays and scalars and mmengine's
    ``HistoryBuffer`` are read; attributes on tensors and ``meta['config']`` are dropped.

    Args:
        path (str | os.PathLike): A local file that ``torch.save`` wrote.
        map_location: Where the tensors go, as for :func:`torch.load`. Defaults to 'cpu'.

    Returns:
        dict: The checkpoint.

    Raises:
        FileNotFoundError: If there is no such file.
        UntrustedCheckpointError: If the file asks for anything else.
        CheckpointUnreadableError: If the file is truncated, damaged or not a checkpoint.
    """
    path = os.path.expanduser(os.fspath(path))
    if not os.path.isfile(path):
        raise FileNotFoundError(f'There is no checkpoint {path}{sought_in(path)}.')
    try:
        checkpoint = load_weights_only(path, map_location)
    except Exception as error:
        # A hostile pickle can raise anything: whatever it was, nothing was loaded.
        asked = _asked_for(error)
        if asked == OLD_FORMAT and not tarfile.is_tarfile(path):
            raise CheckpointUnreadableError(f'{path} is no checkpoint: it is no file that '
                                            'torch.save has written.') from None
        if asked is not None:
            raise UntrustedCheckpointError(
                f'The checkpoint {path} was not loaded because it asks for {_printable(asked)}, '
                'which weights do not need and which may run code; pass --trust-checkpoint if '
                'you trust its origin.') from None
        # torch's message about an odd operation fills a page.
        odd = re.search(r'Unsupported operand \d+', str(error))
        text = odd[0] if odd else str(error).strip()
        if not any(map(str.isalpha, text)):  # a number tells nothing
            text = f'{type(error).__name__} {text}'.strip()
        reason = _printable(text.splitlines()[0].partition('. This is')[0])
        raise CheckpointUnreadableError(
            f'The checkpoint {path} cannot be read, it may be truncated, damaged or of another '
            f'format ({reason}).') from error
    if not isinstance(checkpoint, dict):
        raise CheckpointUnreadableError(
            f'The checkpoint {path} holds a {type(checkpoint).__name__}, not a dictionary.')
    meta = checkpoint.get('meta', {})
    if not isinstance(meta, dict):
        raise CheckpointUnreadableError(
            f'The checkpoint {path} has a {type(meta).__name__} as meta, not a dictionary.')
    if not _is_plain_config(meta.get('config', '')):
        raise UntrustedCheckpointError(
            f'The checkpoint {path} was not loaded because its config has code that is no plain '
            'assignment, which mmengine would run; pass --trust-checkpoint to leave the config out '
            'and load the rest.')
    return _drop_config(checkpoint)


def _is_plain_config(text: Any) -> bool:
    """Whether a text only assigns values; it is looked at, never run."""
    if not isinstance(text, str):
        return False
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return all(isinstance(node, _PLAIN_NODES) for node in nodes) and all(
        isinstance(node.func, ast.Name) and node.func.id in ('dict', 'list', 'tuple', 'set')
        for node in nodes if isinstance(node, ast.Call))


def _drop_config(checkpoint: Any) -> Any:
    # Runner.resume executes this text as Python.
    meta = checkpoint.get('meta') if isinstance(checkpoint, dict) else None
    if isinstance(meta, dict):
        meta.pop('config', None)
    return checkpoint


def _download(url: str) -> str:
    """The local copy of a url in torch.hub's folder, fetched once by each machine."""
    name = os.path.basename(urllib.parse.urlparse(url).path)
    path = os.path.join(torch.hub.get_dir(), 'checkpoints', name)
    try:
        first = get_rank() == 0 or os.environ.get('LOCAL_RANK') == '0'
        if first and not os.path.isfile(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            digest = HASH_IN_NAME.search(name)
            torch.hub.download_url_to_file(url, path, digest and digest[1], progress=True)
    except (OSError, RuntimeError) as error:
        raise CheckpointUnreadableError(f'{url} cannot be downloaded: {error}.') from error
    finally:
        # Also after an error: the others wait here, and then find no file.
        barrier()
    return path


def load_from_weights_only(filename: str, map_location: Any = None) -> dict:
    """Load a local path or an http(s) url for mmengine, which reads its log line off our name.

    Args:
        filename (str): The path or url.
        map_location: Where the tensors go, as for :func:`torch.load`. Defaults to None.

    Returns:
        dict: The checkpoint.

    Raises:
        UntrustedCheckpointError: If the url has another scheme, or the file asks for more.
    """
    scheme = re.match(r'(\S+?)://', filename)
    if scheme is None:
        return load_checkpoint_file(filename, map_location)
    if scheme[1].lower() in ('http', 'https'):
        return load_checkpoint_file(_download(filename), map_location)
    raise UntrustedCheckpointError(
        f'The checkpoint {filename} was not loaded because it asks for {scheme[1]}://, whose '
        'loader may run code from the file; give a path or an http(s) url, or pass '
        '--trust-checkpoint.')


_trusts: ContextVar[bool] = ContextVar('trusts', default=False)


@contextmanager
def secure_loading(trust: bool = False) -> Iterator[None]:
    """Make mmengine read every checkpoint weights-only while the context is open.

    This covers ``Runner.load_checkpoint``, ``resume``, ``init_cfg`` of type Pretrained and
    ``mmengine.runner.load_checkpoint``: all of them ask ``CheckpointLoader``.

    Args:
        trust (bool): Whether to keep mmengine's loaders, for all schemes, which may run code
            from the file. ``meta['config']`` is dropped all the same. It holds for all contexts
            inside. Defaults to False.
    """
    def drop_config_of(loader: Callable) -> Callable:
        @wraps(loader)
        def load(filename: str, map_location: Any = None) -> Any:
            return _drop_config(loader(filename, map_location))
        return load

    theirs, trust = CheckpointLoader._schemes, trust or _trusts.get()
    token = _trusts.set(trust)
    try:
        CheckpointLoader._schemes = OrderedDict(
            (prefix, drop_config_of(loader)) for prefix, loader in theirs.items()
        ) if trust else OrderedDict({'': load_from_weights_only})
        yield
    finally:
        CheckpointLoader._schemes = theirs
        _trusts.reset(token)


def find_resumable(work_dir: str | os.PathLike) -> str | None:
    """Find the newest checkpoint of a run that loads.

    The candidates are ``epoch_N.pth`` and ``iter_N.pth``, highest number first (where both
    exist, the kind that ``last_checkpoint`` names goes first), then the file named in
    ``last_checkpoint``. A file that does not load is skipped with a sentence in the log.

    Args:
        work_dir (str | os.PathLike): The folder of the run.

    Returns:
        str | None: The path of the checkpoint, or None if there is none.
    """
    work_dir = Path(work_dir)
    note = work_dir / 'last_checkpoint'
    last = Path(note.read_text(errors='replace').strip()) if note.is_file() else Path()
    last_kind = last.name.split('_')[0]
    found = [(match, file) for file in (work_dir.iterdir() if work_dir.is_dir() else ())
             if (match := NUMBERED.fullmatch(file.name))]
    found.sort(key=lambda item: (item[0][1] == last_kind, item[0][1] == 'epoch', int(item[0][2])),
               reverse=True)
    candidates = [file for _, file in found]
    # A folder that was moved or copied continues from its own files.
    named = work_dir / last.name if (work_dir / last.name).is_file() else last
    if named.is_file() and named not in candidates:
        candidates.append(named)
    for file in candidates:
        try:
            if _trusts.get():
                CheckpointLoader.load_checkpoint(str(file), 'cpu')
            else:
                load_checkpoint_file(file)
        except (OSError, EOFError, RuntimeError, pickle.UnpicklingError, UntrustedCheckpointError,
                CheckpointUnreadableError) as error:
            print_log(f'Skipped for resuming: {error}', logger='current', level=logging.WARNING)
        else:
            return str(file)
    return None
