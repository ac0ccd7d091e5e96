"""Methods side by side: means over seeds, and what test images say of the differences."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ltplug.ops import (
    bootstrap_accuracies,
    expected_calibration_error,
    interval_and_p_value,
)

from .find_runs import Run


def compare(methods: Mapping[str, Sequence[Run]], num_resamples: int = 2000,
            seed: int = 0) -> dict[str, Any]:
    """Compare methods by their accuracies; the first one is what the others are measured by.

    Args:
        methods (Mapping[str, Sequence[Run]]): Runs, one a seed, by method; from :func:`find_runs`.
        num_resamples (int): Test sets of the bootstrap. Defaults to 2000.
        seed (int): Of the bootstrap. Defaults to 0.

    Returns:
        dict[str, Any]: ``class_counts``, ``class_names``, ``groups``. ``keys``: of the metrics,
        ``top1``, groups, ``mean_class`` where it differs from ``top1``, and, where confidences are
        known, ``ece``. ``methods``: by
        name ``folders``, ``seeds``, ``per_class`` (mean accuracy over the runs, float[C]) and
        ``metrics``: by key ``values`` of the runs, ``mean`` and ``std`` (of the sample, n - 1; None
        of one run), all in percent. ``baseline``: the first method. ``gains``: by other method and
        key ``difference`` of the means, and where predictions are known ``low``, ``high`` (95 %
        interval) and ``p_value`` of the paired bootstrap over test images, in points.

    Raises:
        ValueError: If the runs are of different training or test data.
    """
    runs = [run for each in methods.values() for run in each]
    _check_same_data(runs)
    shown = runs[0].outcome.details
    metrics = [run.outcome.group_metrics for run in runs]
    keys = [key for key in ('top1', *shown['groups'], 'mean_class')
            if all(key in each for each in metrics)]
    if all(np.isclose(each['top1'], each['mean_class']) for each in metrics):
        keys.remove('mean_class')  # all classes have as many test images
    rows = {name: _method(each, keys) for name, each in methods.items()}
    if not all('ece' in row['metrics'] for row in rows.values()):
        for row in rows.values():
            row['metrics'].pop('ece', None)
    baseline = next(iter(methods))
    found = {name: {key: {'difference': row['metrics'][key]['mean'] -
                          rows[baseline]['metrics'][key]['mean']} for key in keys}
             for name, row in rows.items() if name != baseline}
    if found and all('pred_label' in run.outcome.predictions for run in runs):
        _add_intervals(found, methods, shown['groups'], num_resamples, seed)
    return {'class_counts': shown['class_counts'], 'class_names': shown['class_names'],
            'groups': shown['groups'], 'keys': list(rows[baseline]['metrics']), 'methods': rows,
            'baseline': baseline, 'gains': found, 'num_resamples': num_resamples}


def _check_same_data(runs: Sequence[Run]) -> None:
    first = runs[0]
    for run in runs[1:]:
        one, other = first.outcome, run.outcome
        if any(one.details[key] != other.details[key] for key in ('class_counts', 'groups')):
            raise ValueError(f'{first.folder} and {run.folder} are of different training data: '
                             'compare runs whose classes have the same numbers of images.')
        labels = [each.predictions.get('gt_label') for each in (one, other)]
        if all(each is not None for each in labels) and not np.array_equal(*labels):
            raise ValueError(f'{first.folder} and {run.folder} were tested on different images: '
                             'test one of them again on the data of the other.')


def _method(runs: Sequence[Run], keys: Sequence[str]) -> dict[str, Any]:
    values = {key: [run.outcome.group_metrics[key] for run in runs] for key in keys}
    errors = [_calibration_error(run.outcome.predictions) for run in runs]
    if None not in errors:
        values['ece'] = errors
    per_class = np.array([run.outcome.details['per_class'] for run in runs], dtype=np.float64)
    return {
        'folders': [str(run.folder) for run in runs], 'seeds': [run.seed for run in runs],
        'per_class': per_class.mean(axis=0),
        'metrics': {key: {'values': each, 'mean': float(np.mean(each)),
                          'std': float(np.std(each, ddof=1)) if len(each) > 1 else None}
                    for key, each in values.items()},
    }


def _calibration_error(predictions: Mapping[str, np.ndarray]) -> float | None:
    if 'confidence' not in predictions:
        return None
    try:
        return 100 * expected_calibration_error(
            predictions['confidence'], predictions['gt_label'] == predictions['pred_label'])
    except ValueError:  # scores that are no probabilities
        return None


def _add_intervals(gains: dict[str, dict[str, dict[str, float]]],
                   methods: Mapping[str, Sequence[Run]], groups: Mapping[str, Sequence[int]],
                   num_resamples: int, seed: int) -> None:
    """Resample the test images; of several seeds an image counts as often as it is right."""
    hits = {name: np.mean([run.outcome.predictions['gt_label'] ==
                           run.outcome.predictions['pred_label'] for run in runs], axis=0)
            for name, runs in methods.items()}
    baseline, *others = hits
    labels = methods[baseline][0].outcome.predictions['gt_label']
    differences = 100 * np.stack([hits[name] - hits[baseline] for name in others])
    draws = bootstrap_accuracies(differences, labels, groups, num_resamples, seed)
    for number, name in enumerate(others):
        for key, gain in gains[name].items():
            low, high, p_value = interval_and_p_value(draws[key][:, number])
            gain.update(low=low, high=high, p_value=p_value)
