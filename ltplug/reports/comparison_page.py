"""Writing a comparison of methods."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ltplug.utils import write_atomically, write_json
from ltplug.visualization import plot_group_spread, plot_per_class, plot_per_class_accuracy

from .comparison_tables import tables_of, title_of, to_csv, to_latex, to_markdown
from .figures import Picture
from .html import render


def write_comparison(comparison: Mapping[str, Any], folder: str | Path) -> Path:
    """Write ``comparison`` as .html (which needs no other file), .md, .tex, .csv and .json.

    Args:
        comparison (Mapping): From :func:`ltplug.reports.comparison.compare`.
        folder (str or Path): For these files and the pictures.

    Returns:
        Path: The page.
    """
    folder = Path(folder)
    write_json(folder / 'comparison.json', comparison)
    tables = tables_of(comparison)
    page = render('comparison.html', {**comparison, 'tables': tables,
                                      'pictures': draw(comparison, folder)})
    texts = {'html': page, 'csv': to_csv(comparison),
             'md': '\n\n'.join(map(to_markdown, tables)) + '\n',
             'tex': '\n\n'.join(map(to_latex, tables)) + '\n'}
    for suffix, text in texts.items():
        write_atomically(folder / f'comparison.{suffix}',
                         lambda file, text=text: file.write(text.encode()))
    return folder / 'comparison.html'


def draw(comparison: Mapping[str, Any], folder: Path) -> list[Picture]:
    """Draw accuracies by group and class, and gains by class.

    Args:
        comparison (Mapping): From :func:`ltplug.reports.comparison.compare`.
        folder (Path): For the files.

    Returns:
        list[Picture]: In the order of the page.
    """
    methods, baseline = comparison['methods'], comparison['baseline']
    about = comparison['class_counts'], comparison['class_names'], comparison['groups']
    counts, names, groups = about
    shown = [key for key in comparison['keys'] if key == 'top1' or key in groups]
    per_class = {name: np.asarray(row['per_class']) for name, row in methods.items()}
    pictures = [
        Picture('groups', 'Accuracy by group', 'Mean and standard deviation over runs; black: the '
                'runs.', plot_group_spread(
                    {name: {title_of(key): row['metrics'][key]['values'] for key in shown}
                     for name, row in methods.items()}, folder / 'groups.png')),
        Picture('classes', 'Accuracy of every class over its frequency', 'Means over runs.',
                plot_per_class_accuracy(per_class, counts, folder / 'per_class_accuracy.png',
                                        names, groups)),
    ]
    gains = {name: values - per_class[baseline] for name, values in per_class.items()
             if name != baseline}
    if gains:
        pictures.append(Picture(
            'classes', f'Gain of every class over {baseline}', 'Means over runs.',
            plot_per_class(gains, counts, folder / 'per_class_gain.png',
                           f'Gain over {baseline} (points)', names, groups, bars=True,
                           first_color=1)))
    return pictures
