"""Write ``docs/results.md`` from the JSON files of ``docs/results/``, or add a family to them.

    python tools/docs/results.py
    python tools/docs/results.py --add work_dirs/comparison/comparison.json --name 40-cifar10-lt \\
        --title 'Margins on CIFAR-10-LT' --section CIFAR-10-LT --dataset 'CIFAR-10-LT, ratio 100' \\
        --about 'ResNet-32, 200 epochs, last epoch.' --machine 'one H100, torch 2.15' \\
        --commands 'python tools/train.py CONFIG --seeds 0,1,2'
"""

import argparse
import json
import re
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from result_files import (
    RESULTS,
    ROOT,
    cells,
    dump,
    from_comparison,
    header,
    mean_and_std,
    read,
    reported_figures,
)

PAGE = ROOT / 'docs' / 'results.md'
_ABOUT = ('title', 'section', 'dataset', 'about', 'machine', 'notes', 'commands')
_QUANTITIES = {'accuracy': 'Accuracy in percent', 'errors': 'Percent', 'shares': 'Percent',
               'ratios': 'Ratios'}
_INTRODUCTION = """\
# Results

<!-- Written by tools/docs/results.py from docs/results/: change the files there. -->

What was measured with this repository and, in tables of their own, what papers report. Every table
of measurements names data, seeds, machine and command; standard deviations are over the seeds
(n - 1). Compare inside one table only: networks, schedules, classifiers and numbers of threads
differ between tables. Figures are those of the last epoch, and nothing was chosen on test images
unless the table says so.

digits-lt are ten classes of handwritten digits, 134 down to 2 training images a class and 40 test
images each, of 16x16 pixels. They show that a method runs and does what it should, not which method
is best on large sets. `DATA_ROOT` in a command is a folder of CIFAR-10 as JPEG files,
`train/<class>/*.jpg` and `test/<class>/*.jpg`.

What follows from the tables: [choose a method](choose_a_method.md). Time and memory:
[benchmarks](benchmarks.md). Your own table: [adding results](#adding-results).
"""
_ADDING = """\
## Adding results

```bash
python tools/compare.py CE=work_dirs/ce_cifar-resnet32_200e_cifar10-lt-ir100 \\
    LDAM-DRW=work_dirs/ldam-drw_cifar-resnet32_200e_cifar10-lt-ir100
python tools/docs/results.py --add work_dirs/comparison/comparison.json \\
    --name 40-cifar10-lt --title 'Margins' --section CIFAR-10-LT \\
    --dataset 'CIFAR-10-LT, ratio 100' --about 'ResNet-32, 200 epochs, last epoch.' \\
    --machine 'one H100, torch 2.15' --commands 'python tools/train.py CONFIG --seeds 0,1,2'
```

writes `docs/results/measured/40-cifar10-lt.json` and this page. Where a paper reports the same
method on the same `--dataset`, both figures stand side by side, each in a column of its own. The
figures of a paper are rows of its file in `docs/results/reported/`.
"""


def page(measured: Mapping[str, Mapping[str, Any]],
         reported: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the page in Markdown.

    Args:
        measured (Mapping): Run families by name.
        reported (Mapping): Sources by name.

    Returns:
        str: Its text.
    """
    parts = [_INTRODUCTION.rstrip(), _overview(measured.values())]
    section = None
    for family in measured.values():
        if family['section'] != section:
            section = family['section']
            parts.append(f'## {section}')
        parts.append(_family(family))
    parts.append(_reported(measured.values(), reported.values()))
    return '\n\n'.join([*parts, _ADDING])


def _overview(families: Iterable[Mapping[str, Any]]) -> str:
    rows = []
    for family in families:
        link = f'[{family["title"]}](#{anchor(family["title"])})'
        rows.append([link, family['dataset'], _listed(family['seeds']), str(len(family['rows']))])
    return '## Measured here\n\n' + table(['table', 'data', 'seeds', 'rows'], rows)


def _family(family: Mapping[str, Any]) -> str:
    about = ' '.join([f'{family["dataset"]}.', *family['about'], _how_measured(family)])
    parts = [f'### {family["title"]}', _wrapped(about),
             table(header(family), [cells(family, row) for row in family['rows']]),
             *map(_wrapped, family['notes'])]
    if family['commands']:
        parts.append('\n'.join(['```bash', *family['commands'], '```']))
    return '\n\n'.join(parts)


def _how_measured(family: Mapping[str, Any]) -> str:
    told = _QUANTITIES[family.get('quantity', 'accuracy')]
    if _has_std(family):
        told += ', mean ± standard deviation'
    told += f'; seed{"s" * (len(family["seeds"]) > 1)} {_listed(family["seeds"])}'
    others = [', '.join(row['labels']) + f': {_listed(row["seeds"])}' for row in family['rows']
              if row.get('seeds', family['seeds']) != family['seeds']]
    if others:
        told += f' ({"; ".join(others)})'
    return f'{told}; {family["machine"]}.'


def _has_std(family: Mapping[str, Any]) -> bool:
    return any(isinstance(figure, Mapping) for row in family['rows']
               for figure in row['figures'].values())


def _reported(families: Iterable[Mapping[str, Any]], sources: Iterable[Mapping[str, Any]]) -> str:
    """Return the figures of papers, a table a data set, with what was measured on the same."""
    ours = _measured_on(families)
    by_dataset: dict[str, dict[tuple[str, str, str], dict[str, str]]] = {}
    links = []
    for source in sources:
        notes = dict.fromkeys(each['note'] for each in source['tables'] if each['note'])
        told = [f'[{source["source"]}]({source["url"]}){":" if notes else ""}', *notes]
        links.append(_wrapped(f'- {" ".join(told)}'.replace('*', '\\*'), '  '))
        known = set()
        for figure in reported_figures(source):
            if replace(figure, source='') not in known:  # papers repeat rows in several tables
                rows = by_dataset.setdefault(figure.dataset, {})
                row = rows.setdefault((figure.method, figure.network, figure.source), {})
                row[figure.metric] = figure.text
            known.add(replace(figure, source=''))
    parts = ['## What papers report', _wrapped(
        'The figures that the pages of the methods quote, in percent. Papers differ in schedules, '
        'augmentation and the epoch that they report, so compare inside one source. The last '
        'column is what was measured here on the same data.'), '\n'.join(links)]
    for dataset in sorted(by_dataset, key=_natural):
        rows = by_dataset[dataset]
        metrics = list(dict.fromkeys(metric for row in rows.values() for metric in row))
        parts += [f'### {dataset}', table(
            ['method', 'network', *metrics, 'reported by', 'measured here: All'],
            [[method, network, *(row.get(metric, '-') for metric in metrics), source,
              ours.get((dataset, method), 'not measured')]
             for (method, network, source), row in rows.items()])]
    return '\n\n'.join(parts)


def _natural(text: str) -> list[tuple[str, int]]:
    """Let CIFAR-10 and ratio 50 stand before CIFAR-100 and ratio 100."""
    return [(word, int(number or 0)) for word, number in re.findall(r'(\D+)(\d*)', text)]


def _measured_on(families: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    found = {}
    for family in families:
        for row in family['rows']:
            if 'All' in row['figures']:
                name = row.get('method', row['labels'][0])
                runs = len(row.get('seeds', family['seeds']))
                figure = mean_and_std(row['figures']['All'], family['decimals'])
                found[row.get('dataset', family['dataset']), name] = \
                    f'[{figure}](#{anchor(family["title"])}) ({runs} seed{"s" * (runs > 1)})'
    return found


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [f'| {" | ".join(line)} |'.replace('*', '\\*') for line in (titles, *rows)]
    return '\n'.join([lines[0], '|' + '---|' * len(titles), *lines[1:]])


def anchor(title: str) -> str:
    """Return the anchor of a heading, as GitHub makes it."""
    kept = ''.join(letter for letter in title.lower() if letter.isalnum() or letter in ' -_')
    return kept.replace(' ', '-')


def _listed(values: Iterable[Any]) -> str:
    return ', '.join(map(str, values))


def _wrapped(text: str, indent: str = '') -> str:
    return textwrap.fill(text, 100, subsequent_indent=indent, break_long_words=False,
                         break_on_hyphens=False)


def add(comparison: Path, name: str, about: Mapping[str, Any]) -> Path:
    """Write a run family from the result of ``tools/compare.py``.

    Args:
        comparison (Path): ``comparison.json``.
        name (str): Of the new file, without ``.json``; files are shown in the order of their names.
        about (Mapping): What the family says about itself.

    Returns:
        Path: The file.

    Raises:
        ValueError: If the file exists already.
    """
    path = RESULTS / 'measured' / f'{name}.json'
    if path.exists():
        raise ValueError(f'{path} exists already: choose another --name, or remove it first.')
    family = from_comparison(json.loads(comparison.read_text(encoding='utf-8')), about)
    path.write_text(dump(family), encoding='utf-8')
    return path


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description='Write docs/results.md from docs/results/.')
    parser.add_argument('--add', type=Path, metavar='comparison.json',
                        help='add what tools/compare.py has found as a new table first')
    parser.add_argument('--name', help='of --add: name of the new file; order of the page')
    for key in _ABOUT:
        parser.add_argument(f'--{key}', default='', help=f'of --add: {key} of the table')
    args = parser.parse_args(arguments)
    if args.add is not None:
        missing = [key for key in ('name', *_ABOUT[:5], 'commands') if not getattr(args, key)]
        if missing:
            parser.error(f'--add needs {", ".join(f"--{key}" for key in missing)}.')
        texts = {key: getattr(args, key) for key in _ABOUT}
        lists = {key: [texts[key]] if texts[key] else [] for key in ('about', 'notes')}
        try:
            print(add(args.add, args.name, {
                **texts, **lists, 'commands': texts['commands'].splitlines()}))
        except (ValueError, OSError) as error:
            sys.exit(f'Error: {error}')
    PAGE.write_text(page(read('measured'), read('reported')), encoding='utf-8')
    print(PAGE)


if __name__ == '__main__':
    main()
