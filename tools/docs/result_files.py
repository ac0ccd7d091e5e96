"""Reading and writing the JSON files of ``docs/results/``: figures measured here, and of papers.

``measured/*.json`` hold a run family each: ``title``, ``section`` (heading of the page),
``dataset``, ``about``, ``machine``, ``seeds``, ``labels`` (titles of the columns that name a row),
``metrics`` (titles of its figures), ``by_seed`` (metrics whose seeds are shown one by one),
``decimals``, ``rows``, ``notes``, ``commands`` and, where it is not accuracy, ``quantity``. A row
has ``labels``, ``figures`` by metric (a number of one run, or ``mean`` and ``std`` over seeds) and
may have ``config``, ``dataset``, ``method``, ``seeds`` and ``by_seed``.

``reported/*.json`` hold a source each, ``source`` and ``url``, with ``tables``: ``where`` in it,
``note``, ``labels``, ``columns``, ``decimals`` and ``rows`` of ``labels`` and ``figures`` (null
where the paper has none). A figure is described by the ``method``, ``dataset``, ``network`` and
``metric`` of its table, column and row, and named by the first label where nothing else does.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / 'docs' / 'results'
_DESCRIBING = ('method', 'dataset', 'network', 'metric')
_TITLES = {'top1': 'All', 'mean_class': 'Class mean'}


@dataclass(frozen=True)
class Reported:
    """A figure that a paper reports.

    Attributes:
        method (str): Of which method.
        dataset (str): On which data.
        network (str): Of which network; '' where the paper does not matter.
        metric (str): Title of the metric.
        text (str): The figure, with the digits of the paper.
        source (str): Paper and place in it.
    """

    method: str
    dataset: str
    network: str
    metric: str
    text: str
    source: str


def read(kind: str) -> dict[str, dict[str, Any]]:
    """Return the files of a kind by name, in the order of the page.

    Args:
        kind (str): 'measured' or 'reported'.

    Returns:
        dict[str, dict[str, Any]]: What they hold.
    """
    return {path.stem: json.loads(path.read_text(encoding='utf-8'))
            for path in sorted((RESULTS / kind).glob('*.json'))}


def reported_figures(source: Mapping[str, Any]) -> Iterator[Reported]:
    """Describe every figure of a source.

    Args:
        source (Mapping): From :func:`read`.

    Yields:
        Reported: In the order of the file.
    """
    for table in source['tables']:
        where = f'{source["source"]}, {table["where"]}'
        for row in table['rows']:
            for column, figure in zip(table['columns'], row['figures'], strict=True):
                if figure is None:
                    continue
                about = {'method': row['labels'][0], 'network': '', **{
                    key: value for part in (table, column, row) for key, value in part.items()
                    if key in _DESCRIBING}}
                yield Reported(text=f'{figure:.{table["decimals"]}f}', source=where, **about)


def cells(family: Mapping[str, Any], row: Mapping[str, Any]) -> list[str]:
    """Return a row of a measured table as texts.

    Args:
        family (Mapping): Its file.
        row (Mapping): One of its rows.

    Returns:
        list[str]: Labels, figures, and figures by seed.
    """
    decimals = family.get('decimals', 1)
    found = list(row['labels'])
    for metric in family['metrics']:
        figure = row['figures'].get(metric)
        found.append('-' if figure is None else mean_and_std(figure, decimals))
    for metric in family.get('by_seed', []):
        values = row['by_seed'][metric]
        found.append(', '.join(f'{value:.{decimals}f}' for value in values))
    return found


def mean_and_std(figure: float | Mapping[str, float], decimals: int) -> str:
    """Return a figure as text, with its deviation where there is one."""
    if isinstance(figure, Mapping):
        return f'{figure["mean"]:.{decimals}f} ± {figure["std"]:.{decimals}f}'
    return f'{figure:.{decimals}f}'


def header(family: Mapping[str, Any]) -> list[str]:
    """Return the titles of the columns of a measured table."""
    return [*family['labels'], *family['metrics'],
            *(f'{metric.lower()}, by seed' for metric in family.get('by_seed', []))]


def from_comparison(comparison: Mapping[str, Any], about: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the ``comparison.json`` of ``tools/compare.py`` into a run family.

    Args:
        comparison (Mapping): The file.
        about (Mapping): The other keys of the family: title, section, dataset and so on.

    Returns:
        dict[str, Any]: The family.

    Raises:
        ValueError: If the runs have no seeds, or the methods were run with different ones.
    """
    methods = comparison['methods']
    seeds = {name: row['seeds'] for name, row in methods.items()}
    if any(None in each for each in seeds.values()):
        raise ValueError('Some of the runs do not tell their seed: train them with --seed or '
                         '--seeds and compare again.')
    longest = max(seeds.values(), key=len)
    keys = [key for key in comparison['keys'] if key != 'ece']
    by_seed = [keys[-1]] if len(longest) > 1 else []
    titles = {key: _TITLES.get(key, key.capitalize()) for key in keys}
    rows = []
    for name, row in methods.items():
        figures = {titles[key]: _rounded(row['metrics'][key]) for key in keys}
        values = {titles[key]: [round(value, 1) for value in row['metrics'][key]['values']]
                  for key in by_seed}
        differs = {} if seeds[name] == longest else {'seeds': seeds[name]}
        rows.append({'labels': [name], **differs, 'figures': figures, 'by_seed': values})
    return {**about, 'seeds': longest, 'labels': ['method'], 'metrics': list(titles.values()),
            'by_seed': [titles[key] for key in by_seed], 'decimals': 1, 'rows': rows}


def _rounded(metric: Mapping[str, Any]) -> float | dict[str, float]:
    mean = round(metric['mean'], 1)
    return mean if metric['std'] is None else {'mean': mean, 'std': round(metric['std'], 1)}


def dump(content: Mapping[str, Any]) -> str:
    """Return JSON with one row a line, which differences of versions show well.

    Args:
        content (Mapping): A family, or a source.

    Returns:
        str: The text of its file.
    """
    lines = [f'  {json.dumps(key)}: {_pretty(key, value)}' for key, value in content.items()]
    return '{\n' + ',\n'.join(lines) + '\n}\n'


def _pretty(key: str, value: Any) -> str:
    if key == 'tables':
        return '[\n' + ',\n'.join(_indented(dump(each).rstrip()) for each in value) + '\n  ]'
    if key in ('rows', 'commands', 'about', 'notes') and isinstance(value, list):
        lines = [f'    {json.dumps(each, ensure_ascii=False)}' for each in value]
        return '[\n' + ',\n'.join(lines) + '\n  ]' if lines else '[]'
    return json.dumps(value, ensure_ascii=False)


def _indented(text: str) -> str:
    return '\n'.join(f'    {line}' for line in text.splitlines())
