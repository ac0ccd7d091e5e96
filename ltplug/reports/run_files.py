"""The files of a run that tell what it was and what came out.

========================  =====================================================================
file in the folder        content
========================  =====================================================================
run.json                  what the run is: :func:`ltplug.reports.run_facts.describe_run`
results.json              metrics and, per class, accuracies and training counts
predictions.npz           of every test image true label, predicted label and confidence; the
                          lengths of the classifier's weight vectors
*/vis_data/scalars.json   losses and metrics over time, as mmengine writes them
report.html, report/      the report, and its pictures and data
========================  =====================================================================

A training has results and predictions in its folder ``test``.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

RUN_FILE = 'run.json'
RESULTS_FILE = 'results.json'
PREDICTIONS_FILE = 'predictions.npz'
REPORT_FILE = 'report.html'
REPORT_FOLDER = 'report'
TEST_FOLDER = 'test'


@dataclass(frozen=True)
class Outcome:
    """What a test has left.

    Attributes:
        folder (Path): Where.
        metrics (dict[str, float]): By full name, such as 'group_accuracy/few'; percent.
        details (dict): Of the first ``GroupAccuracy``: ``per_class``, ``class_counts``,
            ``class_names``, ``groups``, ``prefix``; empty where there was none.
        predictions (dict[str, np.ndarray]): ``gt_label`` and ``pred_label`` int32[N],
            ``confidence`` float32[N], and ``weight_norms`` float32[C] where the model has a linear
            classifier; empty where nothing was kept.
    """

    folder: Path
    metrics: dict[str, float]
    details: dict[str, Any]
    predictions: dict[str, np.ndarray]

    @property
    def group_metrics(self) -> dict[str, float]:
        """dict[str, float]: Accuracies in percent under short names, such as ``few``."""
        prefix = f'{self.details.get("prefix")}/'
        return {key.removeprefix(prefix): value for key, value in self.metrics.items()
                if key.startswith(prefix)}


def read_outcome(folder: str | Path) -> Outcome | None:
    """Read what a test has left in its folder.

    Args:
        folder (str or Path): That has ``results.json``.

    Returns:
        Outcome, optional: None where no test has left anything.
    """
    folder = Path(folder)
    results = read_json(folder / RESULTS_FILE)
    if 'metrics' not in results:  # none, or those of all stages of a recipe
        return None
    predictions = {}
    if (folder / PREDICTIONS_FILE).is_file():
        with np.load(folder / PREDICTIONS_FILE) as arrays:
            predictions = dict(arrays)
    return Outcome(folder, results['metrics'], (results.get('groups') or [{}])[0], predictions)


def read_json(path: Path) -> dict[str, Any]:
    """Return the content of a JSON file, empty where there is none."""
    return json.loads(path.read_text(encoding='utf-8')) if path.is_file() else {}


def run_name(folder: str | Path) -> str:
    """Return a short name: the path below ``work_dirs``, or the last two folders."""
    parts = Path(folder).resolve().parts
    start = parts.index('work_dirs') + 1 if 'work_dirs' in parts[:-1] else len(parts) - 2
    return '/'.join(parts[start:])
