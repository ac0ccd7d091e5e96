"""The command lines of ``tools/data/``."""

import argparse
import os
from pathlib import Path

import numpy as np
from mmengine.registry import init_default_scope
from rich import box
from rich.console import Console
from rich.table import Table

from .common import run_and_explain

_SHOWN = 20


def inspect_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/data/inspect.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description='Count the classes of a data set, draw them, and look for images that cannot '
        'be read or occur twice.')
    parser.add_argument('source', help='folder with one subfolder a class, list file, .csv, '
                        "iNaturalist's .json, or config (.py)")
    parser.add_argument('--images', help='folder that the paths of a list or .csv start from '
                        '(default: the folder of the list)')
    parser.add_argument('--out', default='work_dirs/inspect',
                        help='folder of class_distribution.png and inspection.json')
    parser.add_argument('--boundary', choices=('strict', 'inclusive'), default='strict',
                        help='whether 20 and 100 images are medium')
    parser.add_argument('--workers', type=int, help='processes (default: one a core)')
    parser.add_argument('--no-check', action='store_true', help='do not read the images')
    args = parser.parse_args(arguments)
    run_and_explain(lambda: _inspect(args))


def _inspect(args: argparse.Namespace) -> None:
    from ..datasets.inspection import inspect_dataset, open_source
    from ..ops import shot_groups
    from ..visualization import plot_class_distribution

    init_default_scope('mmpretrain')
    findings = inspect_dataset(open_source(args.source, args.images), args.workers,
                               not args.no_check)
    groups = shot_groups(findings.class_counts, args.boundary)
    console = Console(highlight=False, soft_wrap=True)
    _print_counts(console, findings, groups)
    _print_problems(console, findings)
    picture = plot_class_distribution(findings.class_counts,
                                      Path(args.out) / 'class_distribution.png',
                                      findings.class_names, groups)
    findings.save(Path(args.out) / 'inspection.json')
    console.print(f'\nPicture: {picture}\nEverything: {Path(args.out) / "inspection.json"}',
                  markup=False)


def _print_counts(console: Console, findings, groups: dict[str, np.ndarray]) -> None:
    from ..evaluation.tables import render

    counts, names = findings.class_counts, findings.class_names
    order = np.argsort(-counts, kind='stable')
    empty = [names[label] for label in np.flatnonzero(counts == 0)]
    largest, smallest = order[0], order[np.count_nonzero(counts) - 1]
    console.print(
        f'{counts.sum():,} images in {len(counts):,} classes. Imbalance ratio '
        f'{findings.imbalance_ratio:,.1f}: "{names[largest]}" has {counts[largest]:,} images, '
        f'"{names[smallest]}" {counts[smallest]:,}.', markup=False)
    if empty:
        console.print(f'{len(empty)} classes have no image: {_shortened(empty)}.', markup=False)
    table = Table('Group', box=box.SIMPLE_HEAD)
    for column in ('Classes', 'Images', 'Share'):
        table.add_column(column, justify='right')
    for group, labels in groups.items():
        images = counts[labels].sum()
        table.add_row(group.capitalize(), f'{len(labels):,}', f'{images:,}',
                      f'{images / counts.sum():.1%}')
    console.print(render(table) + '\n', markup=False)
    table = Table('Class', box=box.SIMPLE_HEAD)
    table.add_column('Images', justify='right')
    cut = _SHOWN // 2 if len(order) > _SHOWN else len(order)
    for label in order[:cut]:
        table.add_row(names[label], f'{counts[label]:,}')
    if cut < len(order):
        table.add_row('...', '...')
        for label in order[-cut:]:
            table.add_row(names[label], f'{counts[label]:,}')
    console.print(render(table) + '\n', markup=False)


def _print_problems(console: Console, findings) -> None:
    if not findings.checked:
        return
    lines = [f'{path}: {reason}' for path, reason in findings.unreadable.items()]
    console.print(f'Unreadable images: {len(lines):,}')
    for line in lines[:_SHOWN]:
        console.print('  ' + line, markup=False)
    if len(lines) > _SHOWN:
        console.print(f'  and {len(lines) - _SHOWN:,} more')
    groups = findings.duplicates
    told = f' ({findings.conflicts:,} of them with several labels)' if findings.conflicts else ''
    console.print(f'Groups of equal images: {len(groups):,}{told}')
    for group in groups[:_SHOWN]:
        console.print('  ' + _shortened(group, ' = '), markup=False)
    if len(groups) > _SHOWN:
        console.print(f'  and {len(groups) - _SHOWN:,} more')


def _shortened(items: list[str], separator: str = ', ') -> str:
    return separator.join(items[:5]) + (f'{separator}...' if len(items) > 5 else '')


def make_subset_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/data/make_subset.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description='Write a long-tailed list file (path label) of the images of a folder.')
    parser.add_argument('folder', help='folder with one subfolder a class')
    parser.add_argument('out', help='list file to write; the names of the classes go beside it')
    parser.add_argument('--ratio', type=float, default=100, help='largest over smallest class')
    parser.add_argument('--profile', choices=('exp', 'step', 'pareto'), default='exp')
    parser.add_argument('--alpha', type=float, default=6.0, help='of the Pareto profile')
    parser.add_argument('--max-count', type=int,
                        help='images of the largest class (default: all of the smallest class)')
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args(arguments)
    run_and_explain(lambda: _make_subset(args))


def _make_subset(args: argparse.Namespace) -> None:
    from ..datasets import ImageFolderDataset, LongTailSubset, class_counts
    from ..datasets.image_list import write_image_list

    source = ImageFolderDataset(data_root=args.folder)
    subset = LongTailSubset(source, args.ratio, profile=args.profile, max_count=args.max_count,
                            seed=args.seed, alpha=args.alpha)
    root = source.img_prefix
    paths = [os.path.relpath(subset.get_data_info(i)['img_path'], root)
             for i in range(len(subset))]
    out = Path(args.out)
    names = out.with_name(f'{out.stem}_classes.txt')
    out.parent.mkdir(parents=True, exist_ok=True)
    write_image_list(out, paths, subset.get_gt_labels())
    names.write_text(''.join(f'{name}\n' for name in source.CLASSES), encoding='utf-8')
    counts = class_counts(subset)
    print(f'{out}: {len(paths):,} images in {len(counts):,} classes, {counts.max():,} down to '
          f'{counts.min():,}; names of the classes in {names}. Read it with\n'
          + _as_config(dict(type='ltplug.ImageListDataset', ann_file=str(out), classes=str(names),
                            data_prefix=root)))


def convert_inat_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/data/convert_inat.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description="Write iNaturalist 2018's official annotations as a list file (path label).")
    parser.add_argument('json', help='train2018.json or val2018.json')
    parser.add_argument('out', help='list file to write')
    args = parser.parse_args(arguments)
    run_and_explain(lambda: _convert_inat(args))


def _convert_inat(args: argparse.Namespace) -> None:
    from ..datasets.image_list import write_image_list
    from ..datasets.inaturalist import read_inaturalist

    paths, labels, _ = read_inaturalist(args.json)
    Path(args.out).parent.mkdir(parents=True, exist_ok=True)
    write_image_list(args.out, paths, labels)
    print(f'{args.out}: {len(paths):,} images in {len(set(labels)):,} classes')


def pseudo_label_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/data/pseudo_label.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description='Label the pool of a self-training config by a trained model. An interrupted '
        'call goes on where it was when it is given again.')
    parser.add_argument('base_config', help='config of the trained model')
    parser.add_argument('checkpoint', help='its checkpoint')
    parser.add_argument('config', help='config whose training data are an '
                        'ltplug.PseudoLabeledDataset; its pool is labelled')
    parser.add_argument('out', help='.npz file to write; a .json file beside it tells '
                        'how many images each class got')
    parser.add_argument('--batch-size', type=int, help='images a step (default: as in the test)')
    parser.add_argument('--trust-checkpoint', action='store_true',
                        help='load a checkpoint that can run code; only for files of your own')
    args = parser.parse_args(arguments)
    run_and_explain(lambda: _pseudo_label(args), 'Give the command again to go on.')


def _pseudo_label(args: argparse.Namespace) -> None:
    from ..apis.config import load_config
    from ..engine.checkpoint_io import secure_loading
    from ..engine.tasks.pool_labels import describe, label_pool
    from ..engine.tasks.pseudo_label import PseudoLabelTask, pool_config
    from ..registry import DATASETS
    from ..utils import sought_in

    base, config = load_config(args.base_config), load_config(args.config)
    if not Path(args.checkpoint).is_file():
        raise FileNotFoundError(f'There is no checkpoint {args.checkpoint}'
                                f'{sought_in(args.checkpoint)}.')
    if Path(args.out).suffix != '.npz':
        raise ValueError(f'Labels are written to a .npz file, not to {args.out!r}.')
    init_default_scope(config.get('default_scope', 'mmpretrain'))
    task = PseudoLabelTask(args.batch_size)
    task.output_config(base)
    task.check(base, config)
    pool = DATASETS.build(pool_config(config).unlabeled)
    with secure_loading(args.trust_checkpoint):
        labels = label_pool(base, args.checkpoint, pool, args.out, args.batch_size)
    _print_pseudo_labels(args.out, describe(labels, pool))


def _print_pseudo_labels(path: str, told: dict) -> None:
    from ..evaluation.tables import render

    table = Table('Class', box=box.SIMPLE_HEAD)
    for column in ('Images', 'Confidence'):
        table.add_column(column, justify='right')
    for name, each in told['classes'].items():
        table.add_row(name, f'{each["images"]:,}', f'{each["mean_confidence"]:.3f}')
    print(f'{render(table)}\n\n{path}: {told["num_images"]:,} images, mean confidence '
          f'{told["mean_confidence"]:.3f}')
    if 'agreement_with_known_labels' in told:
        print('The labels that the files of the pool hold are met for '
              f'{told["agreement_with_known_labels"]:.1f} % of the images.')


def _as_config(values: dict) -> str:
    arguments = ', '.join(f'{key}={value!r}' for key, value in values.items())
    return f'dict({arguments})'
