"""The command lines of ``tools/``."""

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


class _OverrideAction(DictAction):
    """mmengine's action, which tells what is wrong."""

    def __call__(self, parser, namespace, values, option_string=None) -> None:
        for value in values:
            if '=' not in value:
                raise ValueError(f'--cfg-options takes KEY=VALUE, got {value!r}.')
        super().__call__(parser, namespace, values, option_string)


def _common_parser(description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('config', help='config file')
    parser.add_argument('--work-dir', help='folder for logs, checkpoints and results')
    parser.add_argument(
        '--cfg-options', nargs='+', action=_OverrideAction, metavar='KEY=VALUE',
        help='override keys of the config, such as train_dataloader.dataset.imbalance_ratio=50; '
        'lists are given whole: milestones="[160,180]"')
    parser.add_argument('--launcher', choices=('none', 'pytorch', 'slurm', 'mpi'),
                        default='none',
                        help='how several processes were started')
    parser.add_argument('--trust-checkpoint', action='store_true',
                        help='load checkpoints that can run code; only for files of your own')
    parser.add_argument('--local-rank', '--local_rank', type=int, default=0,
                        help=argparse.SUPPRESS)
    return parser


def train_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/train.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = _common_parser('Train a config and test its last checkpoint, or run a recipe.')
    parser.add_argument('--resume', nargs='?', const='auto', metavar='auto|PATH',
                        help='continue from the newest checkpoint of the work dir, or from PATH; '
                        'a recipe continues in the stage where it was stopped')
    parser.add_argument('--amp', action='store_true',
                        help='mixed precision: float16 on a GPU, bfloat16 on a CPU')
    seeds = parser.add_mutually_exclusive_group()
    seeds.add_argument('--seed', type=int, help='seed of the training')
    seeds.add_argument('--seeds', type=_comma_separated(int), metavar='N,N,...',
                       help='train once per seed; ends with mean and standard deviation')
    parser.add_argument('--stages', type=_comma_separated(str), metavar='NAME,NAME,...',
                        help='of a recipe, run these only')
    parser.add_argument('--pretrain', metavar='CONFIG',
                        help='first train this self-supervised config, then start the config, or '
                        'the stages of the recipe that load nothing, from its backbone')
    parser.add_argument('--dry-run', action='store_true',
                        help='show the plan and check that everything can be built')
    parser.add_argument('--no-validate', action='store_true',
                        help='do not evaluate during training; the last checkpoint is tested still')

    def run() -> None:
        args = parser.parse_args(arguments)
        os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
        from .apis import run  # takes seconds, which --help need not
        run(args.config, args.work_dir, resume=args.resume, stages=args.stages, amp=args.amp,
            cfg_options=args.cfg_options, seed=args.seed, seeds=args.seeds,
            launcher=args.launcher, validate=not args.no_validate,
            trust_checkpoint=args.trust_checkpoint, dry_run=args.dry_run,
            pretrain=args.pretrain)

    run_and_explain(run, 'Add --resume to continue from the last checkpoint.')


def _comma_separated(kind: type) -> Callable[[str], list]:
    def parse(text: str) -> list:
        try:
            return [kind(part) for part in text.split(',')]
        except ValueError:
            raise argparse.ArgumentTypeError(
                f'takes {kind.__name__} values with commas between them, got {text!r}') from None
    return parse


def test_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/test.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = _common_parser('Test a checkpoint and print the table of groups.')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--out', help='write the predictions to this .npz or .json file')

    def run() -> None:
        args = parser.parse_args(arguments)
        os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
        from .apis import test  # takes seconds, which --help need not
        test(args.config, args.checkpoint, args.work_dir, args.out, args.cfg_options, args.launcher,
             args.trust_checkpoint)

    run_and_explain(run)


def publish_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/model_converters/publish.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description='Write a checkpoint with backbone, neck and head alone, a hash in its name, '
        'and beside it the config that tests it.')
    parser.add_argument('config', help='config that the checkpoint was trained with')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('out', help='file to write; the hash is added to its name')

    def run() -> None:
        args = parser.parse_args(arguments)
        from .apis.config import load_config  # takes seconds, which --help need not
        from .engine.publish import publish
        for path in publish(load_config(args.config), args.checkpoint, args.out):
            print(path)

    run_and_explain(run)


def export_backbone_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/model_converters/export_backbone.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description="Write the weights of a checkpoint's backbone alone, under the names of "
        "torchvision's ResNets, for detectors and other models.")
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('out', help='file to write')

    def run() -> None:
        args = parser.parse_args(arguments)
        from .engine.publish import export_backbone  # takes seconds, which --help need not
        print(export_backbone(args.checkpoint, args.out))

    run_and_explain(run)


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
    frames = {frame.name for frame in traceback.extract_tb(error.__traceback__)}
    if frames & _RUNNING_FRAMES:
        return None
    if isinstance(error, URLError):
        return (f'A download failed ({error.reason}): check the network, or put the files where '
                'data_root of the dataset says.')
    if isinstance(error, ValueError | RuntimeError | OSError | ImportError):
        return str(error)
    if not frames & _BUILDING_FRAMES:
        return None  # a bug, not a mistake in a config
    text = error.args[0] if isinstance(error, KeyError) and error.args else error
    return f'{type(error).__name__}: {text}'
