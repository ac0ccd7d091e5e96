"""Images a second of two-view augmentation on one CPU core: image by image, and in batches.

32-pixel images get the views of ``configs/_base_/datasets/cifar10-lt_two-views.py``'s kind (resized
crop, flip, colour jitter, grayscale) from mmpretrain's transforms, torchvision's (v2, on pillow
images and on tensors) and ltplug's batches, in turns. Example::

    OMP_NUM_THREADS=1 python tools/analysis/benchmark_augmentation.py
"""

import argparse
import statistics
import time
import warnings
from collections.abc import Callable

import numpy as np
import torch
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope
from torchvision.transforms import v2

from ltplug.models.utils import BatchedAugmentation
from ltplug.registry import TRANSFORMS

JITTER = dict(brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)
VIEW = [
    dict(type='RandomResizedCrop', scale=32, crop_ratio_range=(0.2, 1.0), backend='pillow'),
    dict(type='RandomFlip', prob=0.5),
    dict(type='RandomApply', prob=0.8, transforms=[dict(type='ColorJitter', **JITTER)]),
    dict(type='RandomGrayscale', prob=0.2, keep_channels=True,
         channel_weights=(0.114, 0.587, 0.2989)),
]


def main() -> None:
    """Take turns and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--batch-size', type=int, default=512, help='images (default 512)')
    parser.add_argument('--turns', type=int, default=7, help='turns of each (default 7)')
    args = parser.parse_args()
    warnings.filterwarnings('ignore')
    torch.set_num_threads(1)
    init_default_scope('mmpretrain')
    images = np.random.default_rng(0).integers(0, 256, (args.batch_size, 32, 32, 3), np.uint8)
    contenders = {
        'mmpretrain, image by image': _mmpretrain(images),
        'torchvision v2, pillow images': _torchvision(images, v2.ToPILImage()),
        'torchvision v2, tensors': _torchvision(images, v2.ToImage()),
        'ltplug, batches': _batches(images),
    }
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(args.turns + 1):
        for name, run in contenders.items():
            start = time.perf_counter()
            run()
            if turn:
                seconds[name].append(time.perf_counter() - start)
    speeds = {name: args.batch_size / statistics.median(times) for name, times in seconds.items()}
    reference = speeds['mmpretrain, image by image']
    for name, speed in speeds.items():
        print(f'{name:32}{speed:9.0f} images/s{speed / reference:7.2f} x')


def _mmpretrain(images: np.ndarray) -> Callable[[], None]:
    pipeline = Compose([TRANSFORMS.build(step) for step in (
        dict(type='MultiView', num_views=2, transforms=[VIEW]), dict(type='PackInputs'))])

    def run() -> None:
        for image in images:
            pipeline(dict(img=image, gt_label=0))

    return run


def _torchvision(images: np.ndarray, convert: v2.Transform) -> Callable[[], None]:
    view = v2.Compose([
        convert, v2.RandomResizedCrop(32, (0.2, 1.0)), v2.RandomHorizontalFlip(),
        v2.RandomApply([v2.ColorJitter(**JITTER)], 0.8), v2.RandomGrayscale(0.2)])

    def run() -> None:
        for image in images:
            view(image), view(image)

    return run


def _batches(images: np.ndarray) -> Callable[[], None]:
    batch = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()
    module = BatchedAugmentation(
        [dict(type='MultiView', num_views=2, transforms=[VIEW])],
        dict(type='SelfSupDataPreprocessor', mean=[125.3, 123.0, 113.9], std=[51.6, 50.8, 51.3]))
    return lambda: module(dict(inputs=batch, data_samples=None), training=True)


if __name__ == '__main__':
    main()
