"""Images a second, and activations stored for the gradient, with the switches of a config.

A training step of the config's model on random images, without data loading: forward, backward and
optimizer. All ways are measured in one run, taking turns. Example::

    python tools/analysis/benchmark_switches.py --ways fp32 bf16+channels_last
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from mmengine.config import Config, DictAction
from mmengine.device import get_device
from mmengine.logging import MMLogger
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmpretrain.structures import DataSample
from torch import nn

from ltplug.apis.config import load_config
from ltplug.apis.switches import PRECISIONS, apply_switches
from ltplug.engine.models import build_model
from ltplug.models.utils.activation_checkpointing import checkpoint_activations
from ltplug.models.utils.channels_last import use_channels_last
from ltplug.models.utils.compiled_backbones import compile_backbones

DEFAULT_CONFIG = (Path(__file__).parents[2] /
                  'configs/ce/ce_cifar-resnet32_200e_cifar10-lt-ir100.py')
CHANGES = {'channels_last': use_channels_last, 'checkpoint_activations': checkpoint_activations,
           'compile_backbone': compile_backbones}
WAYS = ['fp32', 'fp32+channels_last', 'bf16', 'bf16+channels_last', 'fp32+checkpoint_activations']


def build_step(cfg: Config, way: str,
               images: torch.Tensor) -> tuple[Callable[[], None], nn.Module]:
    """Return a training step of the config's model with some switches, and the model.

    Args:
        cfg (Config): The config, left as it is.
        way (str): A precision and other switches, with + between them.
        images (Tensor): uint8 [N, 3, H, W].

    Returns:
        tuple[Callable, nn.Module]: Both.
    """
    precision, *switches = way.split('+')
    if precision not in PRECISIONS or not set(switches) <= set(CHANGES):
        raise SystemExit(f'A way is one of {", ".join(PRECISIONS)} and any of '
                         f'{", ".join(CHANGES)} with + between them, not {way!r}.')
    cfg = cfg.copy()
    cfg.precision = precision
    apply_switches(cfg)
    torch.manual_seed(0)
    model = build_model(cfg)
    model.init_weights()
    model.to(get_device()).train()
    for switch in switches:
        CHANGES[switch](model)
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    wrapper.initialize_count_status(model, 0, -1)
    num_classes = cfg.model.head.num_classes
    samples = [DataSample().set_gt_label(i % num_classes) for i in range(len(images))]
    for loss in model.modules():
        if hasattr(loss, 'set_class_counts'):
            loss.set_class_counts([1] * num_classes)
    data = dict(inputs=images, data_samples=samples)
    return lambda: model.train_step(data, wrapper), model


def seconds_of(step: Callable[[], None], repeats: int) -> float:
    """Return the time of a step, after one that is not counted."""
    step()
    _synchronize()
    start = time.perf_counter()
    for _ in range(repeats):
        step()
    _synchronize()
    return (time.perf_counter() - start) / repeats


def _synchronize() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def stored_mebibytes(step: Callable[[], None], model: nn.Module) -> float:
    """Return what a step stores for its gradient, each tensor once and weights left aside."""
    weights = {weight.untyped_storage().data_ptr() for weight in model.parameters()}
    sizes = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            sizes[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        step()
    return sum(sizes.values()) / 2**20


def main() -> None:
    """Print a row for every way."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', nargs='?', default=str(DEFAULT_CONFIG), help='of a classifier')
    parser.add_argument('--ways', nargs='+', default=WAYS, metavar='PRECISION[+SWITCH...]')
    parser.add_argument('--size', type=int, default=32, help='of the images')
    parser.add_argument('--batch-size', type=int, default=128)
    parser.add_argument('--turns', type=int, default=5)
    parser.add_argument('--steps', type=int, default=3, help='of a turn')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    args = parser.parse_args()

    init_default_scope('mmpretrain')
    MMLogger.get_instance('benchmark', log_level='ERROR')
    cfg = load_config(args.config, args.cfg_options)
    images = torch.randint(256, (args.batch_size, 3, args.size, args.size), dtype=torch.uint8)
    steps = {way: build_step(cfg, way, images) for way in args.ways}
    seconds: dict[str, list[float]] = {way: [] for way in steps}
    for _ in range(args.turns):
        for way, (step, _) in steps.items():
            seconds[way].append(seconds_of(step, args.steps))
    medians = {way: statistics.median(values) for way, values in seconds.items()}
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else 'CPU'
    print(f'{device}, {torch.get_num_threads()} threads, batch {args.batch_size} of {args.size} '
          f'pixels, medians of {args.turns} turns\n')
    print('| switches | images/s | ratio | stored for the gradient |\n|---|---|---|---|')
    for way, median in medians.items():
        print(f'| {way.replace("+", ", ")} | {args.batch_size / median:.0f} | '
              f'{medians[args.ways[0]] / median:.2f} | {stored_mebibytes(*steps[way]):.0f} MiB |')


if __name__ == '__main__':
    main()
