"""Images a second of the methods, against their networks alone and against single-image transforms.

Every config trains on random images, in one run: with its transforms image by image, with
``batched_augmentation=True``, and as a plain loop over one ready batch, which is what the network
allows. Configs whose images are files, or whose transforms have no batched version, are measured
without the batches. Example::

    python tools/analysis/benchmark_methods.py --steps 30
    python tools/analysis/benchmark_methods.py --workers 16 --cfg-options precision=bf16
    python tools/analysis/benchmark_methods.py configs/dscl/dscl-pbsd_resnet50_200e_imagenet-lt.py
"""

import argparse
import tempfile
from pathlib import Path

import torch

from ltplug.apis.profiling import profile
from ltplug.cli.common import OverrideAction, run_and_explain
from ltplug.engine.step_parts import LOADING, PREPARING
from ltplug.utils import write_json

CONFIGS = Path(__file__).parents[2] / 'configs'
METHODS = [
    'ce/ce_cifar-resnet32_200e_cifar10-lt-ir100.py',
    'ldam/ldam-drw_cifar-resnet32_200e_cifar10-lt-ir100.py',
    'cbs_rrs/cbs-rrs-ss_cifar-resnet32_200e_cifar10-lt-ir100.py',
    'scl/scl_cifar-resnet32_1000e_cifar10-lt-ir100.py',
    'tsc/tsc_cifar-resnet32_1000e_cifar10-lt-ir100.py',
    'sbcl/sbcl_cifar-resnet32_1000e_cifar10-lt-ir100.py',
    'dscl/dscl-pbsd_cifar-resnet32_200e_cifar10-lt-ir100.py',
    'ssp/rotation_cifar-resnet32_200e_cifar10-lt-ir100.py',
    'moco/moco_resnet18_2000e_cifar10-lt-split1.py',
    'simclr/simclr_resnet18_2000e_cifar10-lt-split1.py',
    'sdclr/sdclr_resnet18_2000e_cifar10-lt-split1.py',
    'fassl/fassl-prototypes_resnet18_500e_cifar10-lt-split1.py',
    'fassl/fassl_resnet18_500e_cifar10-lt-split1.py',
    'byol/byol_resnet18_2000e_cifar10-lt-split1.py',
]


def measure(config: str, args: argparse.Namespace, images: str) -> dict:
    """Return the speeds of a config, which lacks batches where they cannot be made."""
    options = {**(args.cfg_options or {})}
    if args.workers is not None:
        options['train_dataloader.num_workers'] = args.workers
    row = {'config': Path(config).stem}
    for name, batched in (('image by image', False), ('batches', True)):
        with tempfile.TemporaryDirectory() as work_dir:
            try:
                result, facts = profile(
                    config, work_dir, args.steps, args.warmup, args.amp,
                    {**options, **({'batched_augmentation': True} if batched else {})},
                    args.generated, images)
            except ValueError as error:
                if not batched:
                    raise
                row['no batches'] = str(error)
                continue
        row |= facts
        row[name] = result.images_per_second
        row[f'{name}, data share'] = result.share(LOADING, PREPARING)
        row[f'{name}, GPU busy'] = result.utilization
        row['ready'] = max(row.get('ready', 0.0), result.ready_images_per_second)
        print(describe(row), flush=True)
    return row


def describe(row: dict) -> str:
    """Return a line about a config."""
    ready = row['ready']
    parts = [f'{row["config"]:52} network {ready:8,.0f}']
    for name in ('image by image', 'batches'):
        if name in row:
            parts.append(f'{name} {row[name]:8,.0f} ({row[name] / ready:4.0%}, data '
                         f'{row[f"{name}, data share"]:3.0%})')
            if row[f'{name}, GPU busy'] is not None:
                parts[-1] += f' GPU busy {row[f"{name}, GPU busy"]:3.0%}'
    return ' | '.join(parts)


def main() -> None:
    """Measure one config after the other."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('configs', nargs='*', help='default: one of each kind, 32 pixels')
    parser.add_argument('--steps', type=int, default=30, help='per measurement (default 30)')
    parser.add_argument('--warmup', type=int, default=8, help='steps before (default 8)')
    parser.add_argument('--workers', type=int, help='loading processes (default: the configs\')')
    parser.add_argument('--generated', type=int, default=50000, help='images (default 50000)')
    parser.add_argument('--amp', action='store_true', help='mixed precision')
    parser.add_argument('--cfg-options', nargs='+', action=OverrideAction)
    parser.add_argument('--out', metavar='FILE.json', help='write the numbers to this file')
    args = parser.parse_args()

    def run() -> None:
        rows = []
        with tempfile.TemporaryDirectory() as images:
            for config in args.configs or [str(CONFIGS / name) for name in METHODS]:
                rows.append(measure(config, args, images))
                if args.out:
                    write_json(args.out, rows)
        device = torch.cuda.get_device_name() if torch.cuda.is_available() else 'CPU'
        print(f'\n{device}, {torch.get_num_threads()} threads, images/s')
        print(*map(describe, rows), sep='\n')

    run_and_explain(run)


if __name__ == '__main__':
    main()
