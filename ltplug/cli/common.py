"""What the command lines share."""

import argparse
import errno
import logging
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Collection
from urllib.error import URLError

from mmengine.config import DictAction
from mmengine.logging import MMLogger

_RUNNING_FRAMES = {'run_iter', '__next__'}  # of mmengine's loops and torch's loader
_BUILDING_FRAMES = {'build_from_cfg', 'read_config', 'load_config', 'load_recipe'}
_OUT_OF_MEMORY = ('The memory does not suffice: lower batch_size of the dataloaders, or see what '
                  'else takes less in docs/speed.md, such as precision=bf16, '
                  'checkpoint_activations=True and optim_wrapper.accumulative_counts')


class OverrideAction(DictAction):
    """mmengine's action, which tells what is wrong."""

    def __call__(self, parser, namespace, values, option_string=None) -> None:
        """Refuse what is no KEY=VALUE before mmengine reads it."""
        for value in values:
            if '=' not in value:
                raise ValueError(f'--cfg-options takes KEY=VALUE, got {value!r}.')
        super().__call__(parser, namespace, values, option_string)


def config_parser(description: str) -> argparse.ArgumentParser:
    """Return a parser of the arguments that training and testing share.

    Args:
        description (str): What the command does.

    Returns:
        argparse.ArgumentParser: With the config first.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('config', help='config file, or the name of one that ltplug ships')
    parser.add_argument('--work-dir', help='folder for logs, checkpoints and results')
    add_overrides(parser)
    parser.add_argument('--launcher', choices=('none', 'pytorch', 'slurm', 'mpi'),
                        default='none',
                        help='how several processes were started')
    add_trust(parser)
    parser.add_argument('--local-rank', '--local_rank', type=int, default=0,
                        help=argparse.SUPPRESS)
    return parser


def add_overrides(parser: argparse.ArgumentParser) -> None:
    """Add ``--cfg-options``.

    Args:
        parser (argparse.ArgumentParser): Of a command with a config.
    """
    parser.add_argument(
        '--cfg-options', nargs='+', action=OverrideAction, metavar='KEY=VALUE',
        help='override keys of the config, such as train_dataloader.dataset.imbalance_ratio=50; '
        'lists are given whole: milestones="[160,180]"')


def add_trust(parser: argparse.ArgumentParser) -> None:
    """Add ``--trust-checkpoint``.

    Args:
        parser (argparse.ArgumentParser): Of a command with a checkpoint.
    """
    parser.add_argument('--trust-checkpoint', action='store_true',
                        help='load checkpoints that can run code; only for files of your own')


def comma_separated(kind: type) -> Callable[[str], list]:
    """Return a type of arguments for ``argparse``: values with commas between them.

    Args:
        kind (type): Of each value.

    Returns:
        Callable[[str], list]: Turns the text into a list.
    """
    def parse(text: str) -> list:
        try:
            return [kind(part) for part in text.split(',')]
        except ValueError:
            raise argparse.ArgumentTypeError(
                f'takes {kind.__name__} values with commas between them, got {text!r}') from None
    return parse


def run_and_explain(run: Callable[[], None], when_interrupted: str = '') -> None:
    """Call a function; a mistake of the user ends it in one sentence instead of a traceback.

    A failure while batches run keeps its traceback, unless it arose in code of the user's own,
    whose place is told; and so does every failure where the environment variable
    ``LTPLUG_TRACEBACK`` is set.

    Args:
        run (Callable): The function.
        when_interrupted (str): What to tell after Ctrl-C. Defaults to nothing.
    """
    # mmcv without compiled operators says so, which no config of ltplug uses, and mmengine calls
    # DDP by an argument's old name.
    warnings.filterwarnings('ignore', message='Fail to import ``MultiScaleDeformableAttention``')
    warnings.filterwarnings('ignore', message='`broadcast_buffers` is deprecated')
    earlier = list(MMLogger._instance_dict)
    try:
        run()
    except KeyboardInterrupt:
        sys.exit(f'Interrupted. {when_interrupted}'.strip())
    except Exception as error:
        _log_traceback(error, earlier)
        sentence = _explain(error)
        if sentence is None or os.environ.get('LTPLUG_TRACEBACK'):
            raise
        sys.exit(f'Error: {sentence}\n(LTPLUG_TRACEBACK=1 in the environment shows where.)')


def _log_traceback(error: Exception, earlier: Collection[str]) -> None:
    """Write where an error arose into the newest log file, if this call has begun one."""
    loggers = [logger for name, logger in MMLogger._instance_dict.items() if name not in earlier]
    text = ''.join(traceback.format_exception(error))
    for handler in loggers[-1].handlers if loggers else ():
        if isinstance(handler, logging.FileHandler):
            handler.stream.write(text)
            handler.flush()


def _explain(error: Exception) -> str | None:
    """Return what to tell the user, or None for what breaks while batches run."""
    import torch  # takes seconds, which --help need not

    from ..datasets import BrokenImageError
    from ..utils.failures import read_failure

    failure = read_failure(error)
    if isinstance(error, OSError) and error.filename is not None:
        return _tell_file(error)
    if isinstance(error, BrokenImageError) or failure.is_ours:
        return failure.text
    if isinstance(error, torch.OutOfMemoryError) or 'not enough memory' in failure.text:
        return f'{_OUT_OF_MEMORY} ({failure.summary.partition(". ")[0]}).'
    place = failure.project_frame
    in_project = None if place is None else f'{failure.kind} in {place}: {failure.summary}'
    frames = {frame.name for frame in traceback.extract_tb(error.__traceback__)}
    if frames & _RUNNING_FRAMES:
        return in_project
    if isinstance(error, URLError):
        return (f'A download failed ({error.reason}): check the network, or put the files where '
                'data_root of the dataset says.')
    if isinstance(error, ValueError | RuntimeError | OSError | ImportError):
        return str(error)
    if not frames & _BUILDING_FRAMES:
        return in_project  # or a bug, not a mistake in a config
    text = error.args[0] if isinstance(error, KeyError) and error.args else failure.text
    return in_project or f'{_built(error)}{type(error).__name__}: {text}'


def _built(error: Exception) -> str:
    """Return which component could not be built, as the beginning of a sentence."""
    from ..engine.config_tables import BUILD_KEYS

    built = [frame.f_locals.get('cfg') for frame, _ in traceback.walk_tb(error.__traceback__)
             if frame.f_code.co_name == 'build_from_cfg']
    if not built or not isinstance(built[-1], dict) or 'type' not in built[-1]:
        return ''
    shown = ', '.join(f'{key}={value!r}' for key, value in built[-1].items()
                      if key not in BUILD_KEYS and isinstance(value, str | int | float | None))
    return f'{built[-1]["type"]}({shown}) cannot be built: '


def _tell_file(error: OSError) -> str:
    """Tell which file the operating system refuses to read or write, and why."""
    advice = ''
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        advice = ': make room, or choose another --work-dir; what was written before is kept'
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        advice = ': choose a place where you may write'
    elif error.errno in (errno.EEXIST, errno.ENOTDIR):
        advice = ', and it is no folder: choose another one'
    return f'{error.filename}: {error.strerror}{advice}.'
