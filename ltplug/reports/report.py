"""Writing the report of a run."""

import csv
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.logging import print_log

from ltplug.utils import write_atomically, write_json

from .collect import CONFUSION_CLASSES, collect
from .run_files import REPORT_FILE, REPORT_FOLDER
from .safety import only_warn

SWITCH = 'LTPLUG_REPORT'
"""Environment variable; 0 means that runs leave no reports."""


def report_run(folder: str | Path) -> None:
    """Write the report at the end of a run, unless it is switched off; a failure is a warning.

    Args:
        folder (str or Path): Folder of the run.
    """
    if not is_main_process() or os.environ.get(SWITCH, '1') == '0':
        return
    with only_warn('The report'):
        print_log(f'Report: {write_report(folder)}', logger='current')


def write_report(folder: str | Path) -> Path:
    """Write ``report.html``, which needs no other file, and pictures and data beside it.

    The folder ``report`` gets the pictures as PNG, everything in ``report.json`` and the values of
    all classes in ``classes.csv``.

    Args:
        folder (str or Path): Folder of a training, a test or a stage of a recipe.

    Returns:
        Path: The page.

    Raises:
        FileNotFoundError: If the folder holds no run.
    """
    from .figures import draw  # matplotlib and jinja2 take a second, which not all runs need
    from .html import render

    folder = Path(folder)
    report = collect(folder)
    write_json(folder / REPORT_FOLDER / 'report.json', report)
    rows = _class_rows(report['classes'])
    if rows:
        with open(folder / REPORT_FOLDER / 'classes.csv', 'w', newline='',
                  encoding='utf-8') as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    page = render('report.html', {
        **report, 'pictures': draw(report, folder / REPORT_FOLDER),
        'class_rows': rows if len(rows) <= CONFUSION_CLASSES else []})
    path = folder / REPORT_FILE
    write_atomically(path, lambda file: file.write(page.encode()))
    return path


def _class_rows(classes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the values of each class, by label."""
    columns = {'count': classes['counts'], 'tested': classes['tested'],
               'accuracy': classes['accuracy'], 'norm': classes['weight_norm']}
    size = len(classes['names'])
    columns = {key: values if values is not None and len(values) == size else [None] * size
               for key, values in columns.items()}
    return [{'label': label, 'name': name, **{key: values[label] for key, values in
                                              columns.items()}}
            for label, name in enumerate(classes['names'])]
