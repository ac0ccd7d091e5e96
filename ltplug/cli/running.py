"""The command lines that train and test."""

import os

from .common import comma_separated, config_parser, run_and_explain


def train_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/train.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = config_parser('Train a config and test its last checkpoint, or run a recipe.')
    parser.add_argument('--resume', nargs='?', const='auto', metavar='auto|PATH',
                        help='continue from the newest checkpoint of the work dir, or from PATH; '
                        'a recipe continues in the stage where it was stopped')
    parser.add_argument('--amp', action='store_true',
                        help='mixed precision: float16 on a GPU, bfloat16 on a CPU')
    parser.add_argument('--auto-scale-lr', action='store_true',
                        help='fit the learning rate to the number of images in a step of all '
                        'processes, in proportion to base_batch_size of the config')
    seeds = parser.add_mutually_exclusive_group()
    seeds.add_argument('--seed', type=int, help='seed of the training')
    seeds.add_argument('--seeds', type=comma_separated(int), metavar='N,N,...',
                       help='train once per seed; ends with mean and standard deviation')
    parser.add_argument('--stages', type=comma_separated(str), metavar='NAME,NAME,...',
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
        from ..apis import run  # takes seconds, which --help need not
        run(args.config, args.work_dir, resume=args.resume, stages=args.stages, amp=args.amp,
            cfg_options=args.cfg_options, seed=args.seed, seeds=args.seeds,
            launcher=args.launcher, validate=not args.no_validate,
            trust_checkpoint=args.trust_checkpoint, dry_run=args.dry_run,
            pretrain=args.pretrain, auto_scale_lr=args.auto_scale_lr)

    run_and_explain(run, 'Add --resume to continue from the last checkpoint.')


def test_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/test.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = config_parser('Test a checkpoint and print the table of groups.')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--out', help='write the predictions to this .npz or .json file')

    def run() -> None:
        args = parser.parse_args(arguments)
        os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
        from ..apis import test  # takes seconds, which --help need not
        test(args.config, args.checkpoint, args.work_dir, args.out, args.cfg_options, args.launcher,
             args.trust_checkpoint)

    run_and_explain(run)
