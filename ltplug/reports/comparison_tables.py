"""Tables of a comparison: for the terminal, Markdown, LaTeX and spreadsheets."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from rich import box
from rich.table import Table as RichTable

from ltplug.evaluation.tables import render

TITLES = {'top1': 'All', 'mean_class': 'Class mean', 'ece': 'ECE'}
_LOWER_IS_BETTER = {'ece'}
_WIDTH = 160  # of a terminal; broken cells are hard to read


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Attributes:
        title (str): What it is.
        header (list[str]): Of the columns.
        rows (list[list[str]]): The cells.
        bold (set[tuple[int, int]]): Row and column of the cells to point out.
        note (str): How to read it; '' where that is plain.
    """

    title: str
    header: list[str]
    rows: list[list[str]]
    bold: set[tuple[int, int]]
    note: str = ''


def title_of(key: str) -> str:
    """Return how a metric is called in a table."""
    return TITLES.get(key, key.capitalize())


def tables_of(comparison: Mapping[str, Any]) -> list[Table]:
    """Return the tables of a comparison: accuracies, and gains over the first method.

    Args:
        comparison (Mapping): From :func:`ltplug.reports.comparison.compare`.

    Returns:
        list[Table]: One or, of several methods, two.
    """
    found = [_accuracies(comparison)]
    if comparison['gains']:
        found.append(_gains(comparison))
    return found


def _accuracies(comparison: Mapping[str, Any]) -> Table:
    methods, keys = comparison['methods'], comparison['keys']
    rows = [[name, str(len(row['folders'])), *(_mean_and_std(row['metrics'][key]) for key in keys)]
            for name, row in methods.items()]
    bold = set()
    for column, key in enumerate(keys if len(methods) > 1 else ()):
        means = [row['metrics'][key]['mean'] for row in methods.values()]
        best = min(means) if key in _LOWER_IS_BETTER else max(means)
        bold |= {(number, column + 2) for number, mean in enumerate(means) if mean == best}
    note = '' if all(len(row['folders']) == 1 for row in methods.values()) else \
        'Mean ± standard deviation (n - 1) over runs.'
    return Table('Accuracy (%)', ['Method', 'Runs', *map(title_of, keys)], rows, bold, note)


def _gains(comparison: Mapping[str, Any]) -> Table:
    rows, bold = [], set()
    for name, gains in comparison['gains'].items():
        for key, gain in gains.items():
            cells = [name, title_of(key), f'{gain["difference"]:+.2f}', '-', '-']
            if 'low' in gain:
                p_value = gain['p_value']
                cells[3:] = [f'{gain["low"]:+.2f} to {gain["high"]:+.2f}',
                             '< 0.001' if p_value < 0.001 else f'{p_value:.3f}']
                if gain['low'] > 0 or gain['high'] < 0:
                    bold.add((len(rows), 2))
            rows.append(cells)
    has_intervals = any(row[3] != '-' for row in rows)
    note = ('Interval and two-sided p-value of the paired bootstrap over test images '
            f'({comparison["num_resamples"]:,} test sets), not corrected for the number of rows. '
            'It tells what other test images could change, not other seeds.') if has_intervals \
        else 'Not every run kept its predictions: without intervals.'
    return Table(f'Gain (points) over {comparison["baseline"]}',
                 ['Method', 'Classes', 'Gain', '95 % interval', 'p'], rows, bold, note)


def _mean_and_std(metric: Mapping[str, Any]) -> str:
    std = metric['std']
    return f'{metric["mean"]:.2f}' + ('' if std is None else f' ± {std:.2f}')


def to_text(table: Table) -> str:
    """Return the table for a terminal."""
    shown = RichTable(box=box.SIMPLE_HEAD, title=table.title, title_justify='left')
    for number, column in enumerate(table.header):
        shown.add_column(column, justify='right' if number else 'left', no_wrap=True)
    for row in table.rows:
        shown.add_row(*row)
    return '\n'.join(filter(None, [render(shown, _WIDTH), table.note]))


def to_markdown(table: Table) -> str:
    """Return the table in Markdown, marked cells in bold."""
    lines = [table.header, ['---', *['---:'] * (len(table.header) - 1)],
             *_marked(table, lambda text: text.replace('|', '\\|'), '**{}**')]
    body = '\n'.join(f'| {" | ".join(cells)} |' for cells in lines)
    return '\n\n'.join(filter(None, [f'{table.title}', body, table.note]))


def to_latex(table: Table) -> str:
    """Return the table in LaTeX (package booktabs), marked cells in bold."""
    lines = [' & '.join(map(_escape_latex, table.header)) + r' \\', r'\midrule',
             *(' & '.join(cells) + r' \\'
               for cells in _marked(table, _escape_latex, r'\textbf{{{}}}'))]
    return '\n'.join([
        f'% {table.title}', *([f'% {table.note}'] if table.note else []),
        r'\begin{tabular}{l' + 'r' * (len(table.header) - 1) + '}', r'\toprule', *lines,
        r'\bottomrule', r'\end{tabular}'])


def to_csv(comparison: Mapping[str, Any]) -> str:
    """Return all numbers, one line a method and metric, of full precision.

    Args:
        comparison (Mapping): From :func:`ltplug.reports.comparison.compare`.

    Returns:
        str: Comma-separated values with a header.
    """
    file = StringIO()
    columns = ['method', 'metric', 'runs', 'mean', 'std', 'difference', 'low', 'high', 'p_value']
    writer = csv.DictWriter(file, columns, lineterminator='\n')
    writer.writeheader()
    for name, row in comparison['methods'].items():
        for key in comparison['keys']:
            metric = row['metrics'][key]
            writer.writerow({'method': name, 'metric': key, 'runs': len(row['folders']),
                             'mean': metric['mean'], 'std': metric['std'],
                             **comparison['gains'].get(name, {}).get(key, {})})
    return file.getvalue()


def _marked(table: Table, escape: Callable[[str], str], mark: str) -> list[Sequence[str]]:
    return [[mark.format(escape(cell)) if (number, column) in table.bold else escape(cell)
             for column, cell in enumerate(row)] for number, row in enumerate(table.rows)]


def _escape_latex(text: str) -> str:
    for letter in '&%$#_{}':
        text = text.replace(letter, f'\\{letter}')
    return text.replace('±', r'$\pm$').replace('<', '$<$')
