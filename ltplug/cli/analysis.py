"""The command lines of ``tools/analysis/`` that compare runs."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from rich import box
from rich.table import Table

from .common import run_and_explain


def class_gain_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/analysis/class_gain.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description='Draw how many points of accuracy a run gains over others on every class, '
        'classes by frequency, and print the means of the groups.')
    parser.add_argument('results', help='results.json of the run; those of several seeds with '
                        'commas between them, for their mean')
    parser.add_argument('--over', nargs='+', required=True, metavar='NAME=RESULTS',
                        help='results.json of the runs to compare with, of seeds likewise')
    parser.add_argument('--out', default='work_dirs/class_gain.png', help='picture to write')
    args = parser.parse_args(arguments)
    run_and_explain(lambda: _class_gain(args))


def _class_gain(args: argparse.Namespace) -> None:
    from ..visualization import plot_per_class

    run = _read_mean(args.results)
    gains = {}
    for name, path in named(args.over).items():
        other = _read_mean(path)
        if other['class_counts'] != run['class_counts']:
            raise ValueError(f'{args.results} and {path} are of different training data: compare '
                             'runs whose classes have the same numbers of images.')
        gains[f'over {name}'] = run['per_class'] - other['per_class']
    path = plot_per_class(gains, run['class_counts'], args.out, 'Gain in test accuracy (points)',
                          run['class_names'], run['groups'], bars=True)
    print_group_means('Mean gain (points) of the classes', gains, run['groups'])
    print(f'Picture: {path}')


def class_losses_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/analysis/class_losses.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description='Draw the training loss of single classes over the epochs, as ClassLossHook '
        'recorded it.')
    parser.add_argument('runs', nargs='+', metavar='NAME=FILE', help='class_losses.npz of runs')
    parser.add_argument('--classes', nargs='+', type=int, metavar='LABEL',
                        help='labels (default: those with the fewest and the most images)')
    parser.add_argument('--out', default='work_dirs/class_losses.png', help='picture to write')
    args = parser.parse_args(arguments)
    run_and_explain(lambda: _class_losses(args))


def _class_losses(args: argparse.Namespace) -> None:
    from ..visualization import plot_class_losses

    runs = {}
    for name, path in named(args.runs).items():
        with np.load(path) as arrays:
            runs[name] = dict(arrays)
    counts = next(iter(runs.values())).get('class_counts')
    labels = args.classes
    if labels is None:
        if counts is None:
            raise ValueError('The first file has no class_counts to choose a head and a tail class '
                             'by: name labels with --classes.')
        present = np.where(counts > 0, counts, counts.max())
        labels = [int(present.argmin()), int(counts.argmax())]
    num_classes = min(arrays['loss'].shape[1] for arrays in runs.values())
    outside = [label for label in labels if not 0 <= label < num_classes]
    if outside:
        raise ValueError(f'There is no class {outside[0]}: labels run from 0 to '
                         f'{num_classes - 1}.')
    titles = [f'Class {label}' if counts is None else
              f'Class {label} ({counts[label]:,} training images)' for label in labels]
    path = plot_class_losses({name: arrays['loss'][:, labels] for name, arrays in runs.items()},
                             titles, args.out)
    print(f'Picture: {path}')


def classifier_norms_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/analysis/classifier_norms.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description='Draw the length of the weight vector of every class, classes by frequency, '
        'and print the means of the groups.')
    parser.add_argument('runs', nargs='+', metavar='NAME=CHECKPOINT', help='checkpoints of runs')
    parser.add_argument('--weight', default='head.fc.weight', help='name of the weights, [C, D]')
    parser.add_argument('--boundary', choices=('strict', 'inclusive'), default='strict',
                        help='whether 20 and 100 images are medium')
    parser.add_argument('--out', default='work_dirs/classifier_norms.png', help='picture to write')
    args = parser.parse_args(arguments)
    run_and_explain(lambda: _classifier_norms(args))


def _classifier_norms(args: argparse.Namespace) -> None:
    from ..engine.checkpoint_io import load_checkpoint_file
    from ..engine.checkpoint_meta import stored
    from ..ops import shot_groups
    from ..visualization import plot_per_class

    norms, counts, names = {}, None, None
    for name, path in named(args.runs).items():
        checkpoint = load_checkpoint_file(path)
        meta = checkpoint.get('meta', {})
        found = stored(checkpoint).get('group_counts')
        if args.weight not in checkpoint.get('state_dict', {}) or found is None:
            raise ValueError(f'{path} has no {args.weight} or no class counts: give a checkpoint '
                             'of ltplug, and the name of its classifier with --weight.')
        if counts is not None and found != counts:
            raise ValueError(f'{path} is of other training data than the checkpoints before it: '
                             'compare runs whose classes have the same numbers of images.')
        counts, names = found, meta.get('dataset_meta', {}).get('classes')
        norms[name] = checkpoint['state_dict'][args.weight].float().norm(dim=1).numpy()
    groups = {group: labels.tolist() for group, labels in
              shot_groups(counts, args.boundary).items()}
    path = plot_per_class(norms, counts, args.out, 'Length of the weight vector', names, groups)
    print_group_means('Mean length of the weight vectors', norms, groups)
    print(f'Picture: {path}')


def named(items: Sequence[str]) -> dict[str, str]:
    """Split arguments such as NAME=PATH.

    Args:
        items (Sequence[str]): The arguments.

    Returns:
        dict[str, str]: Path by name.

    Raises:
        ValueError: If an argument has no name.
    """
    for item in items:
        if '=' not in item:
            raise ValueError(f'Name every run, as in NAME=PATH; got {item!r}.')
    return dict(item.split('=', 1) for item in items)


def _read_details(path: str) -> dict:
    """Return what a test wrote on the accuracies per class."""
    groups = json.loads(Path(path).read_text()).get('groups')
    if not groups:
        raise ValueError(f'{path} has no accuracies per class: test with the metric '
                         'ltplug.GroupAccuracy.')
    return groups[0]


def _read_mean(paths: str) -> dict:
    """Return the details of runs with commas between them, ``per_class`` as their mean [C]."""
    runs = [_read_details(path) for path in paths.split(',')]
    if any(run['class_counts'] != runs[0]['class_counts'] for run in runs):
        raise ValueError(f'{paths} are of different training data: average runs whose classes have '
                         'the same numbers of images.')
    per_class = np.array([run['per_class'] for run in runs], dtype=np.float64)
    return {**runs[0], 'per_class': per_class.mean(axis=0)}


def print_group_means(title: str, values: Mapping[str, np.ndarray],
                      groups: Mapping[str, Sequence[int]], decimals: int = 2) -> None:
    """Print a table of the means of groups of classes.

    Args:
        title (str): Stands above it.
        values (Mapping[str, np.ndarray]): Value per class [C] by name of the column; NaN for a
            class without one.
        groups (Mapping[str, Sequence[int]]): Labels of each group.
        decimals (int): Places behind the point. Defaults to 2.
    """
    from ..evaluation.tables import render

    table = Table('Group', box=box.SIMPLE_HEAD, title=title, title_justify='left')
    for column in ('Classes', *values):
        table.add_column(column, justify='right')
    num_classes = len(next(iter(values.values())))
    for group, labels in {'all': range(num_classes), **groups}.items():
        means = []
        for each in values.values():
            known = each[list(labels)][np.isfinite(each[list(labels)])]
            means.append(f'{known.mean():.{decimals}f}' if known.size else '-')
        table.add_row(group.capitalize(), f'{len(labels):,}', *means)
    print(render(table) + '\n')
