"""The command line of ``tools/analysis/gradient_ratio.py``."""

import argparse
import logging
from pathlib import Path
from typing import Any

import numpy as np

from .analysis import named, print_group_means
from .common import run_and_explain


def gradient_ratio_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/analysis/gradient_ratio.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description='Draw, for every class, the gradient of a contrastive loss by an image\'s own '
        'second view relative to that by others of its class: with untrained weights, with those '
        'of the last checkpoint, and in theory.')
    parser.add_argument('runs', nargs='+', metavar='NAME=FOLDER',
                        help='work dirs of features of DSCL or, with alpha=None, of SCL')
    parser.add_argument('--epochs', type=int, default=1, help='measured over the training images')
    parser.add_argument('--boundary', choices=('strict', 'inclusive'), default='strict',
                        help='whether 20 and 100 images are medium')
    parser.add_argument('--out', default='work_dirs/gradient_ratio.png', help='picture to write')
    args = parser.parse_args(arguments)
    run_and_explain(lambda: _gradient_ratio(args))


def _gradient_ratio(args: argparse.Namespace) -> None:
    from ..ops import shot_groups
    from ..visualization import plot_gradient_ratios

    ratios, theory, counts = {}, {}, None
    for name, folder in named(args.runs).items():
        found, expected, of_run = _measure(Path(folder), args.epochs)
        if counts is not None and of_run.tolist() != counts.tolist():
            raise ValueError(f'{folder} is of other training data than the runs before it: compare '
                             'runs whose classes have the same numbers of images.')
        ratios[name], theory[name], counts = found, expected, of_run
    groups = {group: labels.tolist() for group, labels in
              shot_groups(counts, args.boundary).items()}
    for name, found in ratios.items():
        print_group_means(f'Mean gradient ratio of the classes, {name}',
                          {**found, 'theory': theory[name]}, groups, decimals=4)
    print(f'Picture: {plot_gradient_ratios(ratios, theory, counts, args.out)}')


def _measure(folder: Path, epochs: int) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Return the ratios of a run before and after training, their theory and the class counts."""
    from mmengine.device import get_device
    from mmengine.registry import init_default_scope
    from mmengine.runner import Runner

    from ..datasets import class_counts
    from ..engine.checkpoint_io import load_checkpoint_file
    from ..engine.gradient_ratios import measure_gradient_ratios
    from ..engine.models import build_model
    from ..utils import seed_everything

    cfg, checkpoint = _read_run(folder)
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    seed = cfg.randomness.seed
    loader = Runner.build_dataloader(cfg.train_dataloader, seed=seed)
    counts = class_counts(loader.dataset)
    found, expected = {}, None
    for moment in ('untrained', 'trained'):
        seed_everything(seed)
        model = build_model(cfg)
        if moment == 'untrained':
            _initialize(model)
        else:
            model.load_state_dict(load_checkpoint_file(checkpoint)['state_dict'])
        found[moment], expected = measure_gradient_ratios(model.to(get_device()), loader,
                                                          len(counts), epochs)
    return found, expected, counts


def _initialize(model: Any) -> None:
    """Give a model its initial weights, without a line for every tensor."""
    from mmengine.logging import MMLogger

    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        model.init_weights()
    finally:
        logger.setLevel(level)


def _read_run(folder: Path) -> tuple[Any, str]:
    """Return the config that a run has left in its folder, and its last checkpoint."""
    from ..apis.config import load_config
    from ..engine.checkpoint_io import find_resumable

    configs = sorted(folder.glob('*.py'), key=lambda path: path.stat().st_mtime)
    checkpoint = find_resumable(folder)
    if not configs or checkpoint is None:
        raise ValueError(f'{folder} has no config or no checkpoint: give the work dir of a '
                         'training, in recipes the folder of a stage.')
    return load_config(configs[-1]), checkpoint
