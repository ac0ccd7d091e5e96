"""Figures 2 and 3 of "Rethinking the value of labels" on CIFAR-10 images from a folder.

    python tools/experiments/self_training_cifar10_lt_folder.py imbalance DATA_ROOT
    python tools/experiments/self_training_cifar10_lt_folder.py relevance DATA_ROOT

DATA_ROOT holds ``train/<class>/*.jpg`` and ``test/<class>/*.jpg``. ``imbalance``: ten classes,
ratio 100, 750 down to 7 labelled images, and pools of 5 times as many of the training images that
are left, with the ratios ``--ratios``. ``relevance``: the six animal classes, ratio 50, 300 down
to 6 labelled images, and pools of 5 times as many, of which the shares ``--shares`` are animals
(ratio 50) and the others means of transport. ``amount`` sweeps the size of the pool, balanced.

ResNet-20, batch 128, one-cycle learning rate (peak 0.2, 20 % warm-up), bfloat16. With 5 times as
many images in the pool, 10 epochs are as many steps as 60 of the base model. Finished runs are not
repeated and interrupted ones go on, so the command can be given again at any time. Ends with a
Markdown table of test errors.
"""

import argparse
import json
from pathlib import Path

from cifar10_lt_folder import GROUPS, read_folder
from mmengine.config import Config
from mmengine.registry import init_default_scope

from ltplug.apis import train
from ltplug.engine.checkpoint_io import find_resumable, secure_loading
from ltplug.engine.tasks.pool_labels import label_pool
from ltplug.engine.tasks.pseudo_label import PseudoLabelTask, pool_config
from ltplug.ops import long_tail_counts
from ltplug.registry import DATASETS

CONFIGS = Path(__file__).parents[2] / 'configs'
BASE = {'ce': 'ce/ce_cifar-resnet32_200e_cifar10-lt-ir100.py',
        'ldam-drw': 'ldam/ldam-drw_cifar-resnet32_200e_cifar10-lt-ir100.py'}
ANIMALS = ('bird', 'cat', 'deer', 'dog', 'frog', 'horse')
TRANSPORT = ('airplane', 'automobile', 'ship', 'truck')
TASKS = {  # classes, ratio, images of the largest class, groups
    'imbalance': (None, 100, 750, GROUPS),
    'amount': (None, 100, 750, GROUPS),
    'relevance': (ANIMALS, 50, 300, {'larger 3': [0, 1, 2], 'smaller 3': [3, 4, 5]}),
}


class Experiment:
    """One figure: a base model and self-training on several pools, each in a folder of its own."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.data_root = Path(args.data_root).resolve()
        self.folder = Path(args.work_dir) / (
            f'{args.figure}_{args.method}_{args.profile}_seed{args.seed}')
        self.classes, self.ratio, self.max_count, self.groups = TASKS[args.figure]
        counts = long_tail_counts(self.max_count, len(self.classes or range(10)), self.ratio,
                                  args.profile)
        self.num_labeled = int(counts.sum())

    def images(self, part: str, classes: tuple[str, ...] | None) -> Path:
        """Return a folder with the subfolders of some classes."""
        if classes is None:
            return self.data_root / part
        folder = Path(self.args.work_dir) / 'images' / f'{part}_{len(classes)}_classes'
        folder.mkdir(parents=True, exist_ok=True)
        for name in classes:
            if not (folder / name).exists():
                (folder / name).symlink_to(self.data_root / part / name)
        return folder.resolve()

    def config(self, epochs: int) -> Config:
        """Return the config of the base model with this data and schedule."""
        cfg = Config.fromfile(CONFIGS / BASE[self.args.method])
        read_folder(cfg, self.data_root)
        cfg.model.backbone.depth = 20
        labeled = cfg.train_dataloader.dataset
        labeled.update(imbalance_ratio=self.ratio, max_count=self.max_count,
                       profile=self.args.profile)
        labeled.dataset.data_root = str(self.images('train', self.classes))
        cfg.test_dataloader.dataset.data_root = str(self.images('test', self.classes))
        cfg.val_dataloader = cfg.test_dataloader
        if self.classes is not None:
            cfg.model.head.num_classes = cfg.data_preprocessor.num_classes = len(self.classes)
        cfg.test_evaluator = cfg.val_evaluator = dict(
            type='ltplug.GroupAccuracy', groups=self.groups)
        cfg.optim_wrapper.optimizer.lr = 0.008  # the one-cycle start; its peak is eta_max
        cfg.param_scheduler = [dict(type='OneCycleLR', eta_max=0.2, pct_start=0.2, by_epoch=True,
                                    total_steps=epochs, convert_to_iter_based=True)]
        cfg.train_cfg.max_epochs = epochs
        cfg.default_hooks.checkpoint.max_keep_ckpts = 1
        return cfg

    def self_training_config(self, pool: dict, labels: Path) -> Config:
        """Return the config of self-training with a pool."""
        cfg = self.config(self.args.epochs)
        labeled = cfg.train_dataloader.dataset
        source = dict(type='ltplug.Remainder', dataset=labeled.to_dict())
        if 'irrelevant' in pool:
            pool['irrelevant'] = {**labeled.dataset.to_dict(), 'data_root': pool['irrelevant'],
                                  'with_label': False}
        cfg.train_dataloader.dataset = dict(
            type='ltplug.PseudoLabeledDataset', labeled=labeled,
            unlabeled=dict(type='ltplug.UnlabeledPool', dataset=source, profile=labeled.profile,
                           **pool),
            pseudo_labels=str(labels))
        cfg.model.type = 'ltplug.SelfTrainingClassifier'
        return cfg

    def pools(self) -> dict[str, dict]:
        """Return the arguments of the pools of the figure by the name of the run."""
        size = 5 * self.num_labeled
        if self.args.figure == 'imbalance':
            return {f'pool-ratio-{ratio}': dict(size=size, imbalance_ratio=ratio)
                    for ratio in self.args.ratios}
        if self.args.figure == 'amount':
            return {f'pool-{factor}x': dict(size=factor * self.num_labeled)
                    for factor in self.args.factors}
        vehicles = str(self.images('train', TRANSPORT))
        return {f'relevant-{share}%': dict(size=size, imbalance_ratio=self.ratio,
                                           relevance=share / 100, irrelevant=vehicles)
                for share in self.args.shares}

    def finish(self, cfg: Config, folder: Path) -> dict[str, float]:
        """Train to the end, from wherever an earlier call stopped; return the test errors."""
        results = folder / 'test' / 'results.json'
        if not results.exists():
            resume = 'auto' if find_resumable(folder) else None
            train(cfg, folder, resume=resume, amp=not self.args.float32,
                  seed=None if resume else self.args.seed, validate=False)
        metrics = json.loads(results.read_text())['metrics']
        return {key: 100 - metrics[f'group_accuracy/{key}'] for key in ('top1', *self.groups)}

    def run(self) -> dict[str, dict[str, float]]:
        """Return the errors of the base model and of self-training on every pool."""
        init_default_scope('mmpretrain')
        base, folder = self.config(self.args.base_epochs), self.folder / 'base'
        found = {'base': self.finish(base, folder)}
        for name, pool in self.pools().items():
            labels = self.folder / name / 'pseudo_labels.npz'
            cfg = self.self_training_config(pool, labels)
            if not labels.exists():
                PseudoLabelTask().check(base, cfg)
                with secure_loading():
                    label_pool(base, folder / f'epoch_{self.args.base_epochs}.pth',
                               DATASETS.build(pool_config(cfg).unlabeled), labels)
            found[name] = self.finish(cfg, self.folder / name)
            told = json.loads(labels.with_suffix('.json').read_text())
            found[name]['labels right'] = told.get('agreement_with_known_labels', float('nan'))
        return found


def main() -> None:
    """Run a figure and print its table."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('figure', choices=TASKS)
    parser.add_argument('data_root')
    parser.add_argument('--work-dir', default='work_dirs/self_training_cifar10_folder')
    parser.add_argument('--method', choices=BASE, default='ce')
    parser.add_argument('--profile', choices=('exp', 'step'), default='exp')
    parser.add_argument('--ratios', nargs='+', type=int, default=[1, 50, 100, 200])
    parser.add_argument('--shares', nargs='+', type=int, default=[0, 20, 40, 60, 80, 100],
                        help='relevant images of the pool in percent')
    parser.add_argument('--factors', nargs='+', type=int, default=[1, 2, 5],
                        help='sizes of the pool in labelled images')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--epochs', type=int, default=10, help='of self-training')
    parser.add_argument('--base-epochs', type=int, default=60)
    parser.add_argument('--float32', action='store_true', help='without bfloat16')
    experiment = Experiment(parser.parse_args())
    rows = experiment.run()
    columns = ['top1', *experiment.groups]
    print('| pool | labels right | All | ' + ' | '.join(experiment.groups) + ' |\n'
          + '|---' * (len(columns) + 2) + '|')
    for name, row in rows.items():
        right = f'{row["labels right"]:.1f}' if 'labels right' in row else '-'
        print(f'| {name} | {right} | ' + ' | '.join(f'{row[key]:.1f}' for key in columns) + ' |')


if __name__ == '__main__':
    main()
