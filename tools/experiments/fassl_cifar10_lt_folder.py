"""FASSL, its control, SDCLR and SimCLR on CIFAR-10-LT (ratio 100) from a folder of JPEG files.

    OMP_NUM_THREADS=1 python tools/experiments/fassl_cifar10_lt_folder.py DATA_ROOT

DATA_ROOT holds ``train/<class>/*.jpg`` and ``test/<class>/*.jpg``. Short: ResNet-20 and the
settings of the digits, bfloat16, batch 128, at most 1,500 images of a class in the order of
SDCLR's first split, and few epochs. FASSL and its control go on from the same SDCLR and the same
prototypes. Every backbone is then frozen, and a linear classifier is trained on it, on 1,500 images
of every class (pool) and on the long-tailed labels (lt). Finished stages are not repeated and
interrupted ones go on, so the command can be given again at any time. Ends with a table.
"""

import argparse
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ltplug.apis.recipes import run_recipe

CONFIGS = Path(__file__).parents[2] / 'configs'
LOAD = dict(type='LoadImageFromFile')  # as BGR
MAX_COUNT = 1500
FEATURES = ('simclr', 'sdclr', 'fassl', 'fassl-uniform')


def long_tail(data_root: Path, pipeline: list[dict], ratio: int = 100) -> dict[str, Any]:
    """Return the dataset of the training images; with ratio 1 the balanced one around it."""
    source = dict(type='CustomDataset', data_root=str(data_root / 'train'), pipeline=pipeline)
    return dict(_delete_=True, type='ltplug.LongTailSubset', imbalance_ratio=ratio,
                max_count=MAX_COUNT, class_order='cifar10-split1', dataset=source)


def features_stage(name: str, config: str, data_root: Path, epochs: int,
                   load_from: str | None = None, **overrides: Any) -> dict[str, Any]:
    """Return a stage that learns features: a config of the digits with these images."""
    data = Config.fromfile(CONFIGS / '_base_/datasets/cifar10-lt-split1_ssl-views.py')
    _, *augmentations, _ = Config.fromfile(CONFIGS / '_base_/datasets/ssl-views_32.py').view
    view = [dict(type='NumpyToPIL', to_rgb=True), *augmentations,
            dict(type='PILToNumpy', to_bgr=True)]
    pipeline = [LOAD, dict(type='MultiView', num_views=2, transforms=[view]),
                dict(type='PackInputs')]
    return dict(name=name, config=str(CONFIGS / config), load_from=load_from, overrides={
        'data_preprocessor.mean': data.data_preprocessor.mean,
        'data_preprocessor.std': data.data_preprocessor.std,
        'data_preprocessor.to_rgb': True,
        'train_dataloader.dataset': long_tail(data_root, pipeline),
        'train_dataloader.batch_size': 128,
        'train_cfg.max_epochs': epochs,
        'param_scheduler.0.end': 1,
        'param_scheduler.1.begin': 1,
        **overrides,
    })


def probe_stage(features: str, labels: str, data_root: Path) -> dict[str, Any]:
    """Return a stage that trains a linear classifier on features."""
    data = Config.fromfile(CONFIGS / '_base_/datasets/cifar10-lt-split1.py')
    pipeline = [LOAD, dict(type='PackInputs')]
    images = long_tail(data_root, pipeline, ratio=1 if labels == 'pool' else 100)
    test = dict(_delete_=True, type='CustomDataset', data_root=str(data_root / 'test'),
                test_mode=True, pipeline=pipeline)
    config = CONFIGS / 'sdclr/probe_cifar-resnet20_100e_digits-lt.py'
    return dict(name=f'{features}-{labels}', config=str(config), load_from=features, overrides={
        'data_preprocessor.mean': data.data_preprocessor.mean,
        'data_preprocessor.std': data.data_preprocessor.std,
        'data_preprocessor.to_rgb': True,
        'train_dataloader.dataset.dataset': images,
        'train_dataloader.batch_size': 128,
        'val_dataloader.dataset': test,
        'test_dataloader.dataset': test,
        'optim_wrapper.optimizer.lr': 0.1,  # of six the best on held-out training images
        'train_cfg.max_epochs': 30,
        'param_scheduler.0.milestones': [10, 20],
        'default_hooks.checkpoint.interval': 30,
    })


def build_recipe(data_root: Path, epochs: int) -> Config:
    """Return the recipe: features, prototypes, FASSL and its control, and all probes."""
    short = max(2, epochs * 2 // 5)
    rate = {'optim_wrapper.optimizer.lr': 0.06}
    return Config(dict(stages=[
        features_stage('simclr', 'simclr/simclr_cifar-resnet20_60e_digits-lt.py', data_root,
                       epochs),
        features_stage('sdclr', 'sdclr/sdclr_cifar-resnet20_60e_digits-lt.py', data_root, epochs),
        features_stage('prototypes', 'fassl/fassl-prototypes_cifar-resnet20_20e_digits-lt.py',
                       data_root, short, 'sdclr'),
        dict(name='aligned', load_from='prototypes', task=dict(
            type='ltplug.AlignSignsTask', pipeline=[LOAD, dict(type='PackInputs')])),
        features_stage('fassl', 'fassl/fassl_cifar-resnet20_20e_digits-lt.py', data_root, short,
                       'aligned', **rate),
        features_stage('fassl-uniform', 'fassl/fassl-uniform_cifar-resnet20_20e_digits-lt.py',
                       data_root, short, 'aligned', **rate),
        *(probe_stage(features, labels, data_root)
          for labels in ('pool', 'lt') for features in FEATURES),
    ]), filename=__file__)


def main() -> None:
    """Run what is not finished and print the table."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('data_root', type=Path)
    parser.add_argument('--work-dir', type=Path, default=Path('work_dirs/fassl_cifar10_folder'))
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--epochs', type=int, default=16,
                        help='of SimCLR and SDCLR; each stage of FASSL has two fifths of them')
    parser.add_argument('--float32', action='store_true', help='without bfloat16')
    args = parser.parse_args()
    work_dir = args.work_dir / f'seed_{args.seed}'
    run_recipe(build_recipe(args.data_root, args.epochs), work_dir,
               resume=(work_dir / 'recipe_state.json').exists(), amp=not args.float32,
               seed=args.seed, validate=False)


if __name__ == '__main__':
    main()
