"""The command line of ``tools/analysis/compare_precision.py``."""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from .common import add_overrides, comma_separated, run_and_explain


def compare_precision_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/analysis/compare_precision.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description='Train configs in float32 and in mixed precision, or another way, from the '
        'same seeds, and print how far apart their losses are, beside how far apart those of two '
        'seeds are in float32. Curves are means over the last epoch; differences are means over '
        'all steps.')
    parser.add_argument('configs', nargs='+', help='config files of trainings')
    parser.add_argument('--other', default='precision=bf16', metavar='KEY=VALUE',
                        help='the other way: precision=fp16, or channels_last=True for the noise '
                        'of rounding in float32')
    parser.add_argument('--seeds', type=comma_separated(int), default=[0, 1, 2],
                        metavar='N,N,...', help='at least two')
    parser.add_argument('--epochs', type=int, help='instead of those of the configs')
    add_overrides(parser)
    args = parser.parse_args(arguments)
    run_and_explain(lambda: _compare_precision(args))


def _compare_precision(args: argparse.Namespace) -> None:
    from ..apis.config import load_config
    from ..apis.switches import check_available
    from ..ops import curve_differences

    if len(args.seeds) < 2:
        raise ValueError('The noise is measured between seeds: give at least two, --seeds 0,1.')
    options = {'precision': 'fp32', **(args.cfg_options or {})}
    if args.epochs is not None:
        options['train_cfg.max_epochs'] = args.epochs
    key, separator, value = args.other.partition('=')
    if not separator:
        raise ValueError(f'--other takes KEY=VALUE, got {args.other!r}.')
    other = {**options, key: value == 'True' if value in ('True', 'False') else value}
    for config in args.configs:  # before any of them is trained
        check_available(load_config(config, other))
    columns = ['config', 'loss', f'loss, {args.other}', 'difference', 'between seeds', 'ratio']
    print(f'| {" | ".join(columns)} |\n|{"---|" * len(columns)}')
    for config in args.configs:
        one, two = (np.stack([_loss_curve(config, way, seed) for seed in args.seeds])
                    for way in (options, other))
        difference, between_seeds = curve_differences(one, two)
        numbers = [one[:, -1].mean(), two[:, -1].mean(), difference, between_seeds]
        cells = [Path(config).stem, *(f'{number:.3f}' for number in numbers),
                 f'{difference / between_seeds:.2f}']
        print(f'| {" | ".join(cells)} |', flush=True)


def _loss_curve(config: str, options: dict[str, Any], seed: int) -> np.ndarray:
    """Train once and return the loss of every step, averaged over the last epoch's worth."""
    from mmengine.hooks import Hook

    from ..apis.config import adapt_to_machine, leave_evaluation_out, load_config
    from ..apis.runner import build_runner, stop_workers
    from ..ops import smooth_curves

    class LossHook(Hook):
        losses: list[float]

        def before_train(self, runner: Any) -> None:
            self.losses = []

        def after_train_iter(self, runner: Any, batch_idx: int, data_batch: Any = None,
                             outputs: dict | None = None) -> None:
            self.losses.append(outputs['loss'].item())

    cfg = load_config(config, options)
    leave_evaluation_out(cfg)
    cfg.setdefault('randomness', {})
    cfg.randomness.seed, cfg.log_level = seed, 'ERROR'
    adapt_to_machine(cfg)
    hook = LossHook()
    with tempfile.TemporaryDirectory() as work_dir:
        cfg.work_dir = work_dir
        runner = build_runner(cfg)
        runner.register_hook(hook)
        runner.train()
        stop_workers(runner)
    return smooth_curves(np.array(hook.losses), len(runner.train_dataloader))
