"""Images a second of whole epochs: loading that waits for epochs against loading that runs on.

A config is trained in mmengine's loop and in ``ltplug.ContinuousTrainLoop`` in turn. An epoch
counts from the last step of the one before to its own last step, so hooks, checkpoints and the
wait for the first batch are in it; the first epoch of a turn is not counted. Example::

    python tools/analysis/benchmark_epochs.py --cfg-options model.backbone.depth=8
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.hooks import Hook

from ltplug.apis.config import adapt_to_machine, leave_evaluation_out, load_config
from ltplug.apis.profiling import generate_images
from ltplug.apis.runner import build_runner, stop_workers
from ltplug.cli.common import OverrideAction, run_and_explain

DEFAULT_CONFIG = (Path(__file__).parents[2]
                  / 'configs/simclr/simclr_cifar-resnet20_60e_digits-lt.py')
LOOPS = ('EpochBasedTrainLoop', 'ltplug.ContinuousTrainLoop')


class EpochEndHook(Hook):
    """Notes when the last step of every epoch is done."""

    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self.ends: list[float] = []

    def after_train_epoch(self, runner) -> None:
        """Note the time, before anything else happens between epochs."""
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.ends.append(time.perf_counter())


def epoch_seconds(cfg: Config, loop: str, epochs: int) -> tuple[list[float], int]:
    """Return the seconds of all epochs but the first, and the images in each."""
    cfg = cfg.copy()
    cfg.train_cfg = dict(type=loop, max_epochs=epochs)
    with tempfile.TemporaryDirectory() as cfg.work_dir:
        runner = build_runner(cfg)
        hook = EpochEndHook()
        runner.register_hook(hook)
        runner.train()
        stop_workers(runner)
    seconds = [end - start for start, end in zip(hook.ends, hook.ends[1:], strict=False)]
    return seconds, len(runner.train_dataloader.batch_sampler.stream(0))


def main() -> None:
    """Print both throughputs and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', nargs='?', default=str(DEFAULT_CONFIG))
    parser.add_argument('--epochs', type=int, default=8, help='per turn; the first is not counted')
    parser.add_argument('--turns', type=int, default=3)
    parser.add_argument('--generated', type=int, metavar='N',
                        help='train on so many random images instead of those of the config')
    parser.add_argument('--cfg-options', nargs='+', action=OverrideAction)
    args = parser.parse_args()

    cfg = load_config(args.config, args.cfg_options)
    cfg.param_scheduler = None
    leave_evaluation_out(cfg)
    cfg.log_level = 'ERROR'
    adapt_to_machine(cfg)
    seconds: dict[str, list[float]] = {loop: [] for loop in LOOPS}
    with tempfile.TemporaryDirectory() as folder:
        if args.generated is not None:
            generate_images(cfg, Path(folder), args.generated)
        for _ in range(args.turns):
            for loop in LOOPS:
                taken, images = epoch_seconds(cfg, loop, args.epochs)
                seconds[loop] += taken
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else 'CPU'
    print(f'{device}, {torch.get_num_threads()} threads, {images} images, batch '
          f'{cfg.train_dataloader.batch_size}, {cfg.train_dataloader.num_workers} workers, '
          f'{args.turns} turns of {args.epochs - 1} epochs, medians')
    speeds = [images / statistics.median(seconds[loop]) for loop in LOOPS]
    for loop, speed in zip(LOOPS, speeds, strict=True):
        print(f'{loop:27} {speed:8,.0f} images/s')
    print(f'ratio: {speeds[1] / speeds[0]:.2f}')


if __name__ == '__main__':
    run_and_explain(main)
