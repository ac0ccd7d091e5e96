"""Reading the file of a config, and telling which file a mistake is in."""

import os
import traceback
from pathlib import Path

from mmengine.config import Config

from ltplug.engine.config_check import ConfigError
from ltplug.utils.failures import read_failure
from ltplug.zoo import find_config

_READER = '_file2dict'  # of mmengine; reads a file and, inside of itself, those that it inherits


def read_config_file(path: str | Path) -> Config:
    """Read the file of a config.

    Args:
        path (str or Path): The file.

    Returns:
        Config: The merged config.

    Raises:
        FileNotFoundError: If the file, or one that it inherits, does not exist.
        ConfigError: If one of these files has a mistake.
    """
    try:
        return Config.fromfile(path)
    except FileNotFoundError as error:
        if error.filename is None:
            raise
        raise FileNotFoundError(f'{_file_being_read(error)} inherits {error.filename}, which does '
                                'not exist: correct its _base_.') from error
    except Exception as error:
        raise ConfigError(_tell(error, str(path))) from error


def _tell(error: Exception, path: str) -> str:
    file = _file_being_read(error) or path
    failure = read_failure(error)
    text, line = failure.text, ''
    if isinstance(error, RecursionError):
        return f'{file} inherits itself: take it, or what inherits it, out of _base_.'
    if isinstance(error, ImportError) and text.startswith('Failed to import custom modules'):
        reason = error.__cause__ or error  # the text lists all folders of Python
        return (f'custom_imports of {path} cannot be imported: {read_failure(reason).summary}; '
                'PYTHONPATH must lead to it.')
    if '_get_package_and_cfg_path' in text or 'is used for get external package' in text:
        return (f'{file} inherits a config by the name of its package without its folder: write '
                f'{_example(file)}.')
    if 'Duplicate key is not allowed among bases' in text:
        return (f'{file} inherits two files that set the same keys: inherit one of them in _base_, '
                'and write what differs.')
    if isinstance(error, SyntaxError):
        text, line = error.msg, f', line {error.lineno}'
    else:
        names = [frame.function for frame in failure.frames]
        last = len(names) - names[::-1].index(_READER) if _READER in names else 0
        place = failure._replace(frames=failure.frames[last:]).project_frame
        if place is not None:
            file, line = place.file, f', line {place.line}'
    return f'{file}{line}: {type(error).__name__}: {text}'


def _file_being_read(error: BaseException) -> str | None:
    """Return the innermost file that mmengine was reading, and that is there."""
    files = [frame.f_locals.get('filename') for frame, _ in
             traceback.walk_tb(error.__traceback__) if frame.f_code.co_name == _READER]
    return next((file for file in reversed(files) if file and os.path.isfile(file)), None)


def _example(file: str) -> str:
    """Return what to write instead of the first base that names a package alone."""
    for word in Path(file).read_text(errors='replace').replace('"', "'").split("'"):
        package, separator, name = word.partition('::')
        if package == 'ltplug' and separator and '/' not in name:
            try:
                found = find_config(name)
            except FileNotFoundError:
                continue
            return f"'ltplug::{found.parent.name}/{found.name}'"
    return "'ltplug::FOLDER/NAME.py', such as 'ltplug::ce/ce_cifar-resnet20_60e_digits-lt.py'"
