"""Contrastive features against cross-entropy on CIFAR-10-LT (ratio 100) from a folder of JPEGs.

    OMP_NUM_THREADS=1 python tools/experiments/contrastive_cifar10_lt_folder.py DATA_ROOT

DATA_ROOT holds ``train/<class>/*.jpg`` and ``test/<class>/*.jpg``. Features: ResNet-20, batch 256,
bfloat16, one-cycle learning rate (peak 0.2, 20 % warm-up); cross-entropy sees one view an image and
trains for twice the epochs of the others, which see two. SCL in the batch and SBCL have no queue;
DSCL, its PBSD and its baseline (scl-queue) have one, whose encoder is averaged faster than in their
recipes, for there are few steps. Every backbone is then frozen, and classifiers are trained on its
features of the plain training images, computed once: the linear one of Table 6 of SBCL, the second
stage of SBCL (cosine classifier, LDAM, class weights), and that of DSCL (linear, class-balanced
batches). Finished runs are not repeated and interrupted ones go on, so the command can be given
again at any time. Ends with a Markdown table.
"""

import argparse
import json
import statistics
from pathlib import Path

from cifar10_lt_folder import GROUPS, LOAD, read_folder
from mmengine.config import Config

from ltplug.apis import train
from ltplug.engine.checkpoint_io import find_resumable

CONFIGS = Path(__file__).parents[2] / 'configs'
METHODS = {
    'ce': 'ce/ce_cifar-resnet32_200e',
    'scl': 'scl/scl_cifar-resnet32_1000e',
    'sbcl': 'sbcl/sbcl_cifar-resnet32_1000e',
    'scl-queue': 'dscl/dscl-pbsd_cifar-resnet32_200e',
    'dscl': 'dscl/dscl-pbsd_cifar-resnet32_200e',
    'dscl-pbsd': 'dscl/dscl-pbsd_cifar-resnet32_200e',
}
PROBES = {
    'linear': 'scl/linear-probe_cifar-resnet32_200e',
    'cosine-ldam': 'scl/cosine-ldam-probe_cifar-resnet32_200e',
    'balanced-linear': 'dscl/linear-probe_cifar-resnet32_40e',
}


def read_config(name: str, data_root: Path) -> Config:
    """Return a config of CIFAR-10-LT with ResNet-20 and this data."""
    cfg = Config.fromfile(CONFIGS / f'{name}_cifar10-lt-ir100.py')
    read_folder(cfg, data_root)
    cfg.model.backbone.depth = 20
    cfg.default_hooks.checkpoint.max_keep_ckpts = 1
    return cfg


def features_config(method: str, data_root: Path, epochs: int) -> Config:
    """Return the config of a method's features with this data and schedule."""
    cfg = read_config(METHODS[method], data_root)
    if method == 'ce':
        epochs *= 2
    cfg.train_dataloader.batch_size = 256
    cfg.optim_wrapper.optimizer.lr = 0.008  # the one-cycle start; its peak is eta_max
    cfg.param_scheduler = [dict(type='OneCycleLR', eta_max=0.2, pct_start=0.2, by_epoch=True,
                                total_steps=epochs, convert_to_iter_based=True)]
    cfg.train_cfg.max_epochs = epochs
    if method == 'sbcl':
        cfg.default_hooks.subclasses.pipeline.insert(0, LOAD)
        cfg.default_hooks.subclasses.warmup_epochs = max(1, epochs // 5)
        cfg.default_hooks.subclasses.interval = 2
    elif METHODS[method].startswith('dscl'):
        cfg.model.momentum = 0.02
        if method == 'scl-queue':
            cfg.model.loss.alpha = None
        if method != 'dscl-pbsd':
            cfg.train_dataloader.dataset.dataset.pipeline[1].num_patches = 0
    return cfg


def probe_config(probe: str, data_root: Path, backbone: Path) -> Config:
    """Return the config of a classifier on the features of a checkpoint."""
    cfg = read_config(PROBES[probe], data_root)
    images = cfg.train_dataloader.dataset
    images.dataset.pipeline = [LOAD, dict(type='PackInputs')]
    cfg.train_dataloader.dataset = dict(type='ltplug.FeatureDataset', dataset=images)
    cfg.default_hooks.feature_cache.cache_dir = str(backbone.parent / 'feature_cache')
    cfg.default_hooks.checkpoint.interval = 50
    cfg.load_from = str(backbone)
    return cfg


def finish(cfg: Config, folder: Path, seed: int, amp: bool) -> None:
    """Train to the end, from wherever an earlier call stopped."""
    resume = 'auto' if find_resumable(folder) else None
    train(cfg, folder, resume=resume, amp=amp, seed=None if resume else seed, validate=False)


def run(method: str, seed: int, args: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Return the metrics of both classifiers, of earlier calls where they have finished."""
    folder, data_root = Path(args.work_dir) / f'{method}_seed{seed}', Path(args.data_root)
    cfg = features_config(method, data_root, args.epochs)
    backbone = folder / f'epoch_{cfg.train_cfg.max_epochs}.pth'
    if not backbone.exists():
        finish(cfg, folder, seed, amp=not args.float32)
    found = {}
    for probe in PROBES:
        results = folder / probe / 'test' / 'results.json'
        if not results.exists():
            finish(probe_config(probe, data_root, backbone), folder / probe, seed, amp=False)
        metrics = json.loads(results.read_text())['metrics']
        found[probe] = {key: metrics[f'group_accuracy/{key}'] for key in ('top1', *GROUPS)}
    return found


def main() -> None:
    """Run all methods and print the table."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('data_root')
    parser.add_argument('--work-dir', default='work_dirs/contrastive_cifar10_folder')
    parser.add_argument('--methods', nargs='+', choices=METHODS, default=list(METHODS))
    parser.add_argument('--seeds', nargs='+', type=int, default=[0])
    parser.add_argument('--epochs', type=int, default=12,
                        help='cross-entropy trains for twice as many')
    parser.add_argument('--float32', action='store_true', help='without bfloat16')
    args = parser.parse_args()
    runs = {method: [run(method, seed, args) for seed in args.seeds] for method in args.methods}
    print('| classifier | features | All | ' + ' | '.join(GROUPS) + ' |\n'
          + '|---' * (3 + len(GROUPS)) + '|')
    for probe in PROBES:
        for method, found in runs.items():
            means = [statistics.mean(each[probe][key] for each in found)
                     for key in ('top1', *GROUPS)]
            print(f'| {probe} | {method} | ' + ' | '.join(f'{mean:.1f}' for mean in means) + ' |')


if __name__ == '__main__':
    main()
