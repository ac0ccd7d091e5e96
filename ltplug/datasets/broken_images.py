"""Images that cannot be read: what is wrong with them, and which one it was."""

import hashlib
import io
import os
import warnings
from functools import cache
from pathlib import Path
from typing import Any


def examine_file(path: str) -> tuple[bytes, str | None]:
    """Read one image file.

    Args:
        path (str): The file.

    Returns:
        tuple[bytes, str or None]: A hash of its content (empty if it cannot be opened) and why the
        image is unreadable, or None.
    """
    from PIL import Image  # says what is wrong; some versions of OpenCV fill the gap with grey

    digest = b''
    try:
        content = Path(path).read_bytes()
        digest = hashlib.blake2b(content, digest_size=16).digest()
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # of odd metadata, which nobody reads
            with Image.open(io.BytesIO(content)) as image:
                # A JPEG is read to its end, but only a small picture is computed.
                image.draft('RGB', (32, 32))
                image.load()
    except Exception as error:  # a broken file can raise anything in a decoder
        reason = getattr(error, 'strerror', None) or str(error).split('<')[0].strip()
        return digest, reason or type(error).__name__
    return digest, None


_MARK = '_names_broken_images'


class BrokenImageError(RuntimeError):
    """An image file cannot be read; the message names it and says what to do."""


@cache
def _naming(cls: type) -> type:
    """Return a subclass that names files, and passes for the class itself."""

    def prepare_data(self: Any, idx: int) -> Any:
        try:
            return cls.prepare_data(self, idx)
        except Exception as error:
            path = self.get_data_info(idx).get('img_path')
            if not isinstance(path, str) or not os.path.isfile(path):
                raise  # in memory, in a remote store, or missing, which is said with the path
            reason = examine_file(path)[1]
            if reason is None:
                raise  # a mistake in the pipeline
            raise BrokenImageError(
                f'{path} is no image that can be read ({reason}): delete or replace it; '
                '"python tools/data/inspect.py FOLDER" lists all such files.') from error

    def reduce(self: Any) -> tuple:  # a class that is made here cannot be found by its name
        return _blank, (cls, ), self.__dict__

    return type(cls.__name__, (cls, ), {
        '__module__': cls.__module__, '__qualname__': cls.__qualname__, _MARK: True,
        'prepare_data': prepare_data, '__reduce__': reduce})


def _blank(cls: type) -> Any:
    naming = _naming(cls)
    return naming.__new__(naming)


def name_broken_images(dataset: Any) -> None:
    """Let a dataset name the file of an image that cannot be read.

    Decoders do not: of an empty file OpenCV says that an assertion failed.

    Args:
        dataset (dataset): Any that loads images itself, no wrapper; changed in place. It stays an
            instance of its class, and can be copied and pickled. Left alone where it is not one
            of mmengine's.
    """
    if hasattr(dataset, 'prepare_data') and not hasattr(dataset, _MARK):
        dataset.__class__ = _naming(type(dataset))
