"""A first look: two methods on bundled images, side by side."""

import shutil
import time
from pathlib import Path

from rich.console import Console

from ltplug.evaluation import comparison_table
from ltplug.visualization import plot_per_class_accuracy

from .training import train

METHODS = {
    'CE': 'ce/ce_cifar-resnet20_60e_digits-lt.py',
    'LDAM-DRW': 'ldam/ldam-drw_cifar-resnet20_60e_digits-lt.py',
}
"""Name in the table: config below ``configs/``."""


def quickstart(configs: str | Path, work_dir: str | Path = 'work_dirs/quickstart') -> Path:
    """Train cross-entropy and LDAM-DRW on long-tailed digits, compare them, draw a picture.

    Takes about a minute on two CPU cores. Runs of an earlier quickstart are removed first.

    Args:
        configs (str or Path): The folder of the configs.
        work_dir (str or Path): Where runs and the picture go.
            Defaults to ``work_dirs/quickstart``.

    Returns:
        Path: The picture, per-class accuracy over class frequency.
    """
    console = Console()
    console.print('Handwritten digits, long-tailed: 134 training images of "0" down to 2 of "9"; '
                  'the test set has 40 of each.')
    start = time.time()
    metrics, details = {}, {}
    for name, config in METHODS.items():
        folder = Path(work_dir) / Path(config).stem
        shutil.rmtree(folder, ignore_errors=True)
        results = train(Path(configs) / config, folder, cfg_options={
            'log_level': 'WARNING',
            'default_hooks.progress_bar.type': 'ltplug.ProgressBarHook',
            'default_hooks.progress_bar.title': f'{name:8}',
        }, validate=False)
        details[name], = results['groups']
        prefix = details[name]['prefix'] + '/'
        metrics[name] = {key.removeprefix(prefix): value
                         for key, value in results['metrics'].items()}
    first = details['CE']
    console.print(f'\nTrained in {time.time() - start:.0f} s.\n', highlight=False)
    console.print(comparison_table(metrics, first['groups'], first['class_counts']),
                  highlight=False)
    picture = plot_per_class_accuracy(
        {name: each['per_class'] for name, each in details.items()}, first['class_counts'],
        Path(work_dir) / 'per_class_accuracy.png', first['class_names'], first['groups'])
    console.print(f'\nPer-class accuracy over class frequency: {picture}', soft_wrap=True,
                  highlight=False)
    return picture
