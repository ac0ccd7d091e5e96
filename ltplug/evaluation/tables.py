"""Tables for the terminal and the log."""

from collections.abc import Mapping, Sequence
from io import StringIO

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

TABLE_WIDTH = 100
MAX_COLUMNS = 6
_SUMMARIES = {'group_mean': 'Mean of groups', 'std': 'Std of groups'}
_NAMES = {'top1': 'All', **_SUMMARIES}


def render(table: Table, width: int = TABLE_WIDTH) -> str:
    """Return a rich table as plain text, which suits a terminal and a log file alike."""
    console = Console(file=StringIO(), width=width, color_system=None)
    console.print(table)
    return console.file.getvalue().rstrip()


def _counts_columns(labels: np.ndarray, class_counts: Sequence[int] | None,
                    per_class: np.ndarray | None = None) -> list[str]:
    classes = f'{len(labels):,}'
    if per_class is not None and np.isnan(per_class[labels]).any():
        classes = f'{np.isfinite(per_class[labels]).sum():,} tested of {classes}'
    images = '-' if class_counts is None else f'{int(np.asarray(class_counts)[labels].sum()):,}'
    return [classes, images]


def group_table(metrics: Mapping,
                groups: Mapping[str, np.ndarray],
                class_counts: Sequence[int] | None,
                class_names: Sequence[str] | None = None) -> str:
    """Return the table of one evaluation: all classes and each group.

    Args:
        metrics (Mapping): Result of ``GroupAccuracy.calculate``.
        groups (Mapping[str, np.ndarray]): Labels of each group.
        class_counts (Sequence[int], optional): Training images per class, [C].
        class_names (Sequence[str], optional): Names of the classes, [C].

    Returns:
        str: Several lines. Groups without test images are left out.
    """
    per_class = metrics['per_class']
    worst = int(np.nanargmin(per_class))
    name = class_names[worst] if class_names else str(worst)
    table = Table(box=box.SIMPLE_HEAD, title='Accuracy by class frequency', title_justify='left')
    table.add_column('Group')
    for column in ('Accuracy (%)', 'Classes', 'Training images'):
        table.add_column(column, justify='right')
    everything = np.arange(len(per_class))
    table.add_row('All', f'{metrics["top1"]:.2f}',
                  *_counts_columns(everything, class_counts, per_class))
    for group, labels in groups.items():
        if group in metrics:
            table.add_row(group.capitalize(), f'{metrics[group]:.2f}',
                          *_counts_columns(labels, class_counts, per_class))
    means = f'mean of classes {metrics["mean_class"]:.2f}'
    if 'group_mean' in metrics:
        std = f' (std {metrics["std"]:.2f})' if 'std' in _keys(groups) else ''
        means = f'mean of groups {metrics["group_mean"]:.2f}{std}, {means}'
    return f'{render(table)}\n  {means}, worst class {name} ({metrics["worst_class"]:.2f})'


def comparison_table(results: Mapping[str, Mapping], groups: Mapping[str, np.ndarray],
                     class_counts: Sequence[int] | None) -> str:
    """Return several runs side by side, one column a run; more than six have one row each.

    Args:
        results (Mapping[str, Mapping]): Result of ``GroupAccuracy.calculate`` by name of the run.
        groups (Mapping[str, np.ndarray]): Labels of each group.
        class_counts (Sequence[int], optional): Training images per class, [C].

    Returns:
        str: Several lines; accuracies in percent.
    """
    title = 'Accuracy (%) by class frequency'
    values = {key: [f'{metrics[key]:.2f}' if key in metrics else '-'
                    for metrics in results.values()]
              for key in _keys(groups) if any(key in metrics for metrics in results.values())}
    if len(results) <= MAX_COLUMNS:
        return _groups_by_columns(title, list(results), values, groups, class_counts)
    table = Table('Run', box=box.SIMPLE_HEAD, title=title, title_justify='left')
    for key in values:
        table.add_column(_NAMES.get(key, key.capitalize()), justify='right')
    for row in zip(results, *values.values(), strict=True):
        table.add_row(*row)
    return render(table)


def spread_table(mean: Mapping[str, float], std: Mapping[str, float],
                 groups: Mapping[str, Sequence[int]], class_counts: Sequence[int],
                 title: str) -> str:
    """Return mean and standard deviation over several runs.

    Args:
        mean (Mapping[str, float]): Accuracy in percent by metric.
        std (Mapping[str, float]): Its standard deviation.
        groups (Mapping[str, Sequence[int]]): Labels of each group.
        class_counts (Sequence[int]): Training images per class, [C].
        title (str): Title of the table.

    Returns:
        str: Several lines.
    """
    values = {key: [f'{mean[key]:.2f} ± {std[key]:.2f}'] for key in _keys(groups)
              if key in mean}
    return _groups_by_columns(title, ['Accuracy (%)'], values, groups, class_counts)


def _keys(groups: Mapping[str, Sequence[int]]) -> list[str]:
    """Return the metrics of a table; tables of thirds of classes end with their mean and spread."""
    return ['top1', *groups, *(_SUMMARIES if 'rare' in groups else ())]


def _groups_by_columns(title: str, columns: Sequence[str], values: Mapping[str, Sequence[str]],
                       groups: Mapping[str, Sequence[int]],
                       class_counts: Sequence[int] | None) -> str:
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify='left')
    table.add_column('Group')
    for column in ('Classes', 'Training images', *columns):
        table.add_column(column, justify='right')
    if 'top1' in values:
        everything = ['-', '-'] if class_counts is None else \
            _counts_columns(np.arange(len(class_counts)), class_counts)
        table.add_row('All', *everything, *values['top1'])
    for group, labels in groups.items():
        if group in values:
            table.add_row(group.capitalize(), *_counts_columns(labels, class_counts),
                          *values[group])
    for key, name in _SUMMARIES.items():
        if key in values:
            table.add_row(name, '-', '-', *values[key])
    return render(table)
