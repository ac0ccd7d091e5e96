"""Seconds per epoch of a linear probe on images and on cached features, measured in one run.

Both train the same head on a frozen ResNet over generated images of CIFAR's size, with all hooks
of the default runtime; the first epoch of each is not counted, nor is the computation of the
features, which is printed. Example::

    OMP_NUM_THREADS=1 python tools/analysis/benchmark_feature_cache.py
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from benchmark_step import EpochTimeHook
from mmengine.config import Config
from mmpretrain.datasets import BaseDataset

from ltplug.apis.config import adapt_to_machine, leave_evaluation_out, load_config
from ltplug.apis.runner import build_runner, stop_workers
from ltplug.engine import FeatureCacheHook
from ltplug.registry import DATASETS

BASES = Path(__file__).parents[2] / 'configs/_base_'


@DATASETS.register_module()
class GeneratedImages(BaseDataset):
    """Random images of 32 x 32 pixels in ten classes.

    Args:
        num_images (int): Their number.
        **kwargs: Other arguments of :class:`mmpretrain.datasets.BaseDataset`.
    """

    METAINFO = {'classes': tuple('0123456789')}

    def __init__(self, num_images: int, **kwargs) -> None:
        self.num_images = num_images
        super().__init__(ann_file='', **kwargs)

    def load_data_list(self) -> list[dict]:
        """Return one dict per image: ``img`` uint8[32, 32, 3] and ``gt_label`` int."""
        rng = np.random.default_rng(0)
        images = rng.integers(0, 256, (self.num_images, 32, 32, 3), dtype=np.uint8)
        return [{'img': image, 'gt_label': i % 10} for i, image in enumerate(images)]


def probe_config(folder: Path, args: argparse.Namespace) -> Config:
    """Return a linear probe over the generated images."""
    path = folder / 'probe.py'
    path.write_text(f'''
_base_ = [
    '{BASES}/models/cifar-resnet32_probe.py',
    '{BASES}/datasets/default_loaders.py',
    '{BASES}/schedules/linear-probe_30e.py',
    '{BASES}/default_runtime.py',
]
data_preprocessor = dict(mean=[127.5] * 3, std=[127.5] * 3, num_classes=10)
model = dict(backbone=dict(depth={args.depth}))
train_dataloader = dict(
    batch_size={args.batch_size}, num_workers={args.workers},
    dataset=dict(type='ltplug.FeatureDataset', dataset=dict(
        type='ltplug.GeneratedImages', num_images={args.images},
        pipeline=[dict(type='PackInputs')])))
''')
    cfg = load_config(path)
    cfg.param_scheduler = None
    leave_evaluation_out(cfg)
    cfg.log_level = 'ERROR'
    adapt_to_machine(cfg)
    return cfg


class TimedFeatureCacheHook(FeatureCacheHook):
    """Also says how long it took."""

    def before_train(self, runner) -> None:
        """Time the computation of the features."""
        start = time.perf_counter()
        super().before_train(runner)
        self.seconds = time.perf_counter() - start


def seconds_per_epoch(cfg: Config, work_dir: Path, epochs: int, cached: bool) -> float:
    """Train and return the median time of an epoch but the first."""
    cfg = cfg.copy()
    cfg.work_dir = str(work_dir)
    cfg.train_cfg = dict(by_epoch=True, max_epochs=epochs + 1)
    cfg.default_hooks.pop('feature_cache')
    runner = build_runner(cfg)
    timer = EpochTimeHook()
    runner.register_hook(timer)
    if cached:
        cache = TimedFeatureCacheHook()
        runner.register_hook(cache)
    runner.train()
    stop_workers(runner)
    if cached:
        print(f'features computed in {cache.seconds:.1f} s')
    return statistics.median(timer.seconds[1:])


def main() -> None:
    """Print seconds per epoch of both ways and how many times faster the cached one is."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--images', type=int, default=5000)
    parser.add_argument('--depth', type=int, default=32)
    parser.add_argument('--batch-size', type=int, default=128)
    parser.add_argument('--workers', type=int, default=0)
    parser.add_argument('--epochs', type=int, default=3, help='counted ones on images')
    parser.add_argument('--cached-epochs', type=int, default=10)
    args = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        cfg = probe_config(folder, args)
        device = torch.cuda.get_device_name() if torch.cuda.is_available() else 'CPU'
        print(f'{device}, {torch.get_num_threads()} threads, ResNet-{args.depth}, {args.images} '
              f'images, batch {args.batch_size}, {args.workers} workers, medians')
        cached = seconds_per_epoch(cfg, folder / 'cached', args.cached_epochs, cached=True)
        uncached = seconds_per_epoch(cfg, folder / 'uncached', args.epochs, cached=False)
    print(f'images   {uncached:8.3f} s/epoch')
    print(f'features {cached:8.3f} s/epoch')
    print(f'factor   {uncached / cached:8.1f}')


if __name__ == '__main__':
    main()
