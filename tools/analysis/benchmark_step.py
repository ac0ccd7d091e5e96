"""Throughput of Runner training against a plain PyTorch loop, measured in one run.

Both train the same model on the same batches' size and transforms; they take turns, and the first
epoch of each turn is not counted. Example::

    python tools/analysis/benchmark_step.py --cfg-options model.backbone.depth=32
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from mmengine.config import Config, DictAction
from mmengine.dataset import default_collate
from mmengine.hooks import Hook
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from ltplug.apis.config import adapt_to_machine, leave_evaluation_out, load_config
from ltplug.apis.runner import build_runner, stop_workers
from ltplug.registry import DATASETS, MODELS

DEFAULT_CONFIG = Path(__file__).parents[2] / 'configs/ce/ce_cifar-resnet20_60e_digits-lt.py'


class EpochTimeHook(Hook):
    """Times every epoch between its first fetch and its last step."""

    priority = 'LOWEST'

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def before_train_epoch(self, runner: Runner) -> None:
        """Start the clock after all other hooks."""
        self._start = time.perf_counter()

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        """Stop the clock after the epoch's last step, before checkpoints."""
        if batch_idx + 1 == len(runner.train_dataloader):
            _synchronize()
            self.seconds.append(time.perf_counter() - self._start)


def _synchronize() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def time_runner(cfg: Config) -> list[float]:
    """Return seconds per epoch of mmengine's Runner with the config's hooks."""
    with tempfile.TemporaryDirectory() as work_dir:
        cfg = cfg.copy()
        cfg.work_dir = work_dir
        runner = build_runner(cfg)
        timer = EpochTimeHook()
        runner.register_hook(timer)
        runner.train()
        stop_workers(runner)
    return timer.seconds


def time_plain_loop(cfg: Config) -> list[float]:
    """Return seconds per epoch of a loop that knows neither Runner, hooks nor draws."""
    init_default_scope(cfg.default_scope)
    torch.manual_seed(cfg.randomness.seed)
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    workers = cfg.train_dataloader.num_workers
    loader = DataLoader(dataset, cfg.train_dataloader.batch_size, shuffle=True,
                        num_workers=workers, persistent_workers=workers > 0,
                        pin_memory=cfg.train_dataloader.pin_memory, collate_fn=default_collate)
    model = MODELS.build({**cfg.model, 'data_preprocessor': cfg.data_preprocessor}).to(device)
    model.init_weights()
    settings = dict(cfg.optim_wrapper.optimizer)
    optimizer = getattr(torch.optim, settings.pop('type'))(model.parameters(), **settings)
    model.train()
    seconds = []
    for _ in range(cfg.train_cfg.max_epochs):
        start = time.perf_counter()
        for batch in loader:
            data = model.data_preprocessor(batch, training=True)
            labels = torch.cat([sample.gt_label for sample in data['data_samples']])
            loss = F.cross_entropy(model.head(model.extract_feat(data['inputs'])), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        _synchronize()
        seconds.append(time.perf_counter() - start)
    loader._iterator = None
    return seconds


def main() -> None:
    """Print both throughputs and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', nargs='?', default=str(DEFAULT_CONFIG))
    parser.add_argument('--epochs', type=int, default=4, help='per turn; the first is not counted')
    parser.add_argument('--turns', type=int, default=3)
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    args = parser.parse_args()

    cfg = load_config(args.config, args.cfg_options)
    # as the plain loop, which loads nothing between epochs
    cfg.train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=args.epochs)
    cfg.param_scheduler = None
    leave_evaluation_out(cfg)
    cfg.log_level = 'ERROR'
    adapt_to_machine(cfg)

    ways = {'plain loop': time_plain_loop, 'Runner': time_runner}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(args.turns):
        for name, measure in ways.items():
            seconds[name] += measure(cfg)[1:]
    images = len(DATASETS.build(cfg.train_dataloader.dataset))
    speed = {name: images / statistics.median(values) for name, values in seconds.items()}
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else 'CPU'
    print(f'{device}, {torch.get_num_threads()} threads, batch '
          f'{cfg.train_dataloader.batch_size}, {cfg.train_dataloader.num_workers} workers, '
          f'{args.turns} turns of {args.epochs - 1} epochs, medians')
    for name, value in speed.items():
        print(f'{name:12} {value:8.0f} images/s')
    print(f'Runner / plain loop: {speed["Runner"] / speed["plain loop"]:.3f}')


if __name__ == '__main__':
    main()
