"""What the command lines share."""

import argparse
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

    A failure while batches run keeps its traceback, and so does every failure where the
    environment variable ``LTPLUG_TRACEBACK`` is set.

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
    from ..datasets import BrokenImageError

    if isinstance(error, BrokenImageError):
        # torch puts the traceback of a loading process before what it says
        return str(error).strip().splitlines()[-1].rpartition(f'{BrokenImageError.__name__}: ')[2]
    frames = {frame.name for frame in traceback.extract_tb(error.__traceback__)}
    if frames & _RUNNING_FRAMES:
        # loaded where batches run
        from ltplug.engine.hooks.lazy_runtime_info import DivergenceError
        return str(error) if isinstance(error, DivergenceError) else None
    if isinstance(error, URLError):
        return (f'A download failed ({error.reason}): check the network, or put the files where '
                'data_root of the dataset says.')
    if isinstance(error, ValueError | RuntimeError | OSError | ImportError):
        return str(error)
    if not frames & _BUILDING_FRAMES:
        return None  # a bug, not a mistake in a config
    text = error.args[0] if isinstance(error, KeyError) and error.args else error
    return f'{type(error).__name__}: {text}'
