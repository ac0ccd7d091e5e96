"""CIFAR-10-LT (ratio 100) from a folder of JPEG files, short schedule, several methods.

    python tools/experiments/cifar10_lt_folder.py DATA_ROOT --work-dir work_dirs/cifar10_folder

DATA_ROOT holds ``train/<class>/*.jpg`` and ``test/<class>/*.jpg``. ResNet-32, batch 128, one-cycle
learning rate (peak 0.2, 20 % warm-up), weight decay 2e-4, crop and flip, bfloat16. Finished runs
are not repeated and interrupted ones go on, so the command can be given again at any time. Ends
with a Markdown table.
"""

import argparse
import json
import statistics
from pathlib import Path

from mmengine.config import Config

from ltplug.apis import train
from ltplug.engine.checkpoint_io import find_resumable

CONFIGS = Path(__file__).parents[2] / 'configs'
RESNET32 = 'cifar-resnet32_200e_cifar10-lt-ir100.py'
DRW = dict(type='ltplug.DeferredReweightingHook')
METHODS = {
    'ce': ('ce/ce_', {}),
    'ce-drw': ('ce/ce_', DRW),
    'ldam': ('ldam/ldam_', {}),
    'ldam-drw': ('ldam/ldam-drw_', {}),
    'balanced-softmax': ('balanced_softmax/balanced-softmax_', {}),
}
LOAD = dict(type='ltplug.LoadRGBImageFromFile')  # as CIFAR in memory, so that colours change alike
GROUPS = {'largest 3': [0, 1, 2], 'middle 4': [3, 4, 5, 6], 'smallest 3': [7, 8, 9]}


def build_config(method: str, data_root: Path, epochs: int) -> Config:
    """Return the 200-epoch config of a method with this data and schedule."""
    prefix, hook = METHODS[method]
    cfg = Config.fromfile(CONFIGS / f'{prefix}{RESNET32}')
    if hook:
        cfg.default_hooks.deferred_reweighting = hook
    read_folder(cfg, data_root)
    cfg.optim_wrapper.optimizer.lr = 0.008  # the one-cycle start; its peak is eta_max
    cfg.param_scheduler = [dict(type='OneCycleLR', eta_max=0.2, pct_start=0.2, by_epoch=True,
                                total_steps=epochs, convert_to_iter_based=True)]
    cfg.train_cfg.max_epochs = epochs
    cfg.default_hooks.checkpoint.max_keep_ckpts = 1
    return cfg


def read_folder(cfg: Config, data_root: Path) -> None:
    """Let a config of CIFAR-10-LT read the folder."""
    pipeline = cfg.train_dataloader.dataset.dataset.pipeline
    cfg.train_dataloader.dataset.dataset = dict(
        type='CustomDataset', data_root=str(data_root / 'train'), pipeline=[LOAD, *pipeline])
    if cfg.test_dataloader is not None:
        cfg.test_dataloader.dataset = dict(
            type='CustomDataset', data_root=str(data_root / 'test'), test_mode=True,
            pipeline=[LOAD, dict(type='PackInputs')])
        cfg.test_evaluator = dict(type='ltplug.GroupAccuracy', groups=GROUPS)


def run(method: str, seed: int, args: argparse.Namespace) -> dict[str, float]:
    """Train one method with one seed, or read what an earlier call found."""
    folder = Path(args.work_dir) / f'{method}_seed{seed}'
    results = folder / 'test' / 'results.json'
    if not results.exists():
        resume = 'auto' if find_resumable(folder) else None
        train(build_config(method, Path(args.data_root), args.epochs), folder, resume=resume,
              amp=not args.float32, seed=None if resume else seed, validate=False)
    metrics = json.loads(results.read_text())['metrics']
    return {key: metrics[f'group_accuracy/{key}'] for key in ('top1', *GROUPS)}


def main() -> None:
    """Run all methods and print the table."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('data_root')
    parser.add_argument('--work-dir', default='work_dirs/cifar10_folder')
    parser.add_argument('--methods', nargs='+', choices=METHODS, default=list(METHODS))
    parser.add_argument('--seeds', nargs='+', type=int, default=[0])
    parser.add_argument('--epochs', type=int, default=15)
    parser.add_argument('--float32', action='store_true', help='without bfloat16')
    args = parser.parse_args()
    rows = {method: [run(method, seed, args) for seed in args.seeds] for method in args.methods}
    print('| method | All | ' + ' | '.join(GROUPS) + ' |\n' + '|---' * (2 + len(GROUPS)) + '|')
    for method, runs in rows.items():
        means = [statistics.mean(each[key] for each in runs) for key in ('top1', *GROUPS)]
        print(f'| {method} | ' + ' | '.join(f'{mean:.1f}' for mean in means) + ' |')


if __name__ == '__main__':
    main()
