"""Step time of the three-head model against plain training on the same number of images.

Both train the config's backbone, neck and head with its optimizer, on random images. The plain
model gets as many as go through the network of the other: the batch and its rotated copy. The
steps take turns. Example::

    python tools/analysis/benchmark_dual_branch.py --cfg-options train_dataloader.batch_size=32
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from mmengine.config import Config, DictAction
from mmengine.registry import init_default_scope
from mmpretrain.structures import DataSample
from torch import nn

from ltplug.apis.config import load_config
from ltplug.datasets.samplers.dual_branch_batch_sampler import BALANCED, UNIFORM
from ltplug.engine.publish import plain_config
from ltplug.registry import MODELS

DEFAULT_CONFIG = (Path(__file__).parents[2]
                  / 'configs/cbs_rrs/cbs-rrs-ss_cifar-resnet32_200e_cifar10-lt-ir100.py')


def stepper(model: dict, cfg: Config, images: int, size: int, device: str) -> Callable[[], None]:
    """Return a function that takes one training step of a model on random images."""
    torch.manual_seed(0)
    network: nn.Module = MODELS.build(dict(model)).to(device).train()
    settings = dict(cfg.optim_wrapper.optimizer)
    optimizer = getattr(torch.optim, settings.pop('type'))(network.parameters(), **settings)
    inputs = torch.randn(images, 3, size, size, device=device)
    samples = [DataSample(metainfo=dict(branch=UNIFORM if index < images // 2 else BALANCED))
               .set_gt_label(index % cfg.model.head.num_classes).to(device)
               for index in range(images)]

    def step() -> None:
        loss, _ = network.parse_losses(network(inputs, samples, mode='loss'))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if device == 'cuda':
            torch.cuda.synchronize()

    return step


def main() -> None:
    """Print both times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', nargs='?', default=str(DEFAULT_CONFIG))
    parser.add_argument('--size', type=int, default=32, help='side of the images')
    parser.add_argument('--steps', type=int, default=20, help='steps counted, after three more')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    args = parser.parse_args()

    cfg = load_config(args.config, args.cfg_options)
    init_default_scope(cfg.default_scope)
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    batch = cfg.train_dataloader.batch_size
    copies = (4 if cfg.model.get('all_angles') else 1) + 1
    ways = {'three heads': stepper(cfg.model, cfg, batch, args.size, device),
            'one head': stepper(plain_config(cfg).model, cfg, copies * batch, args.size, device)}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(args.steps + 3):
        for name, step in ways.items():
            start = time.perf_counter()
            step()
            seconds[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(values[3:]) for name, values in seconds.items()}
    print(f'{torch.cuda.get_device_name() if device == "cuda" else "CPU"}, '
          f'{torch.get_num_threads()} threads, {copies * batch} images of {args.size} pixels '
          f'through the network, medians of {args.steps} steps')
    for name, value in medians.items():
        print(f'{name:12} {1000 * value:8.1f} ms')
    print(f'three heads / one head: {medians["three heads"] / medians["one head"]:.3f}')


if __name__ == '__main__':
    main()
