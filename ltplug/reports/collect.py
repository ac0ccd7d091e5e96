"""What a report says of a run, as plain data."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ltplug.ops import (
    block_confusion,
    expected_calibration_error,
    frequency_order,
    frequent_confusions,
    reliability_bins,
)
from ltplug.utils.class_names import complete_names

from .curves import curve_panels, read_scalars
from .run_files import RUN_FILE, TEST_FOLDER, Outcome, read_json, read_outcome, run_name

CONFUSION_CLASSES = 30
"""Classes of a confusion matrix; more are joined, neighbours in frequency, into so many blocks."""
_PAIRS = 15


def collect(folder: str | Path) -> dict[str, Any]:
    """Read a run's files and compute what its report shows.

    Args:
        folder (str or Path): Folder of a training, of a stage of a recipe, or of a test.

    Returns:
        dict[str, Any]: Containers of numbers, texts and arrays; what is not known is None or
        empty. ``run``: ``run.json``. ``metrics``: by full name. ``groups``: labels of each group.
        ``table``: rows of the headline. ``classes``: per class, [C] each, ``names``, ``counts``
        (training images), ``group_counts``, ``tested``, ``accuracy`` and ``weight_norm``.
        ``confusion``: :func:`confusion_of`. ``calibration``: :func:`calibration_of`. ``curves``:
        panels as dicts.

    Raises:
        FileNotFoundError: If the folder holds no run.
    """
    folder = Path(folder)
    run = read_json(folder / RUN_FILE)
    test = read_outcome(folder) or read_outcome(folder / TEST_FOLDER)
    records = read_scalars(folder)
    if not run and test is None and not records:
        raise FileNotFoundError(f'{folder} holds no run: name the work dir of a training or a '
                                'test, or the folder of a stage.')
    test = test or Outcome(folder, {}, {}, {})
    details = test.details
    groups = details.get('groups') or {}
    group_counts = details.get('class_counts') or run.get('group_counts')
    target, predicted = (test.predictions.get(key) for key in ('gt_label', 'pred_label'))
    num_classes = _num_classes(test, run)
    tested = None if target is None else np.bincount(target, minlength=num_classes)
    calibration = calibration_of(test.predictions, groups)
    classes = {
        'names': complete_names(details.get('class_names'), num_classes),
        'counts': run.get('class_counts') or group_counts,
        'group_counts': group_counts, 'tested': tested,
        'accuracy': details.get('per_class') or _accuracy(target, predicted, num_classes),
        'weight_norm': test.predictions.get('weight_norms'),
    }
    confusion = None
    if target is not None and num_classes > 1:
        confusion = confusion_of(target, predicted, group_counts or tested, groups)
    return {
        'name': run_name(folder), 'folder': str(folder), 'run': run,
        'metrics': test.metrics, 'groups': groups,
        'table': _table(test, classes, groups, calibration), 'classes': classes,
        'confusion': confusion, 'calibration': calibration,
        'curves': [dataclasses.asdict(panel) for panel in
                   curve_panels(records, list(groups), details.get('prefix'))],
    }


def calibration_of(predictions: Mapping[str, np.ndarray],
                   groups: Mapping[str, Sequence[int]]) -> dict[str, dict[str, Any]]:
    """Return how sure and how often right a model is, for all test images and those of each group.

    Args:
        predictions (Mapping[str, np.ndarray]): Of :class:`Outcome`.
        groups (Mapping[str, Sequence[int]]): Labels of each group.

    Returns:
        dict[str, dict]: By 'all' and name of the group: ``ece`` in percent, and per bin
        ``counts``, ``confidence`` and ``accuracy`` in 0..1. Groups without test images are left
        out; empty where confidences are unknown or no probabilities.
    """
    if 'confidence' not in predictions:
        return {}
    confidence, target = predictions['confidence'], predictions['gt_label']
    correct = target == predictions['pred_label']
    members = {'all': np.full(len(target), True),
               **{name: np.isin(target, labels) for name, labels in groups.items()}}
    found = {}
    for name, chosen in members.items():
        if chosen.any():
            try:
                bins = reliability_bins(confidence[chosen], correct[chosen])
            except ValueError:  # a head whose scores are distances, for example
                return {}
            ece = expected_calibration_error(confidence[chosen], correct[chosen])
            found[name] = {'ece': 100 * ece, 'counts': bins[0], 'confidence': bins[1],
                           'accuracy': bins[2]}
    return found


def confusion_of(target: np.ndarray, predicted: np.ndarray, class_counts: Sequence[int],
                 groups: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """Return which classes, and which groups, are taken for which.

    Args:
        target (np.ndarray): True labels, int[N].
        predicted (np.ndarray): Predicted labels, int[N].
        class_counts (Sequence[int]): Images per class by which they are ordered, [C].
        groups (Mapping[str, Sequence[int]]): Labels of each group.

    Returns:
        dict[str, Any]: ``order`` (labels from most to fewest images, int64[C]), ``matrix`` (percent
        of the images of a row by class, or by stretch of neighbours where there are more than 30
        classes, float64[K, K]), ``pairs`` (true label, predicted label, images) and ``groups``: by
        group the percent of its images that are ``right``, and that are wrongly predicted to be of
        a class of each group.
    """
    order = frequency_order(class_counts)
    num_classes = len(order)
    blocks = np.empty(num_classes, dtype=np.int64)
    for block, members in enumerate(np.array_split(order, min(num_classes, CONFUSION_CLASSES))):
        blocks[members] = block
    flows = {}
    for name, labels in groups.items():
        mine = np.isin(target, labels)
        if mine.any():
            wrong = mine & (target != predicted)
            flows[name] = {'right': 100 * float((mine & ~wrong).sum() / mine.sum()), **{
                other: 100 * float((wrong & np.isin(predicted, theirs)).sum() / mine.sum())
                for other, theirs in groups.items()}}
    return {'order': order, 'matrix': block_confusion(target, predicted, blocks),
            'pairs': frequent_confusions(target, predicted, _PAIRS), 'groups': flows}


def _num_classes(test: Outcome, run: Mapping[str, Any]) -> int:
    for counts in (test.details.get('per_class'), run.get('class_counts')):
        if counts:
            return len(counts)
    labels = [test.predictions[key] for key in ('gt_label', 'pred_label')
              if key in test.predictions]
    return int(np.max(labels)) + 1 if labels else 0


def _accuracy(target: np.ndarray | None, predicted: np.ndarray | None,
              num_classes: int) -> np.ndarray | None:
    if target is None:
        return None
    tested = np.bincount(target, minlength=num_classes)
    with np.errstate(invalid='ignore'):
        return 100 * np.bincount(target[target == predicted], minlength=num_classes) / tested


def _table(test: Outcome, classes: Mapping[str, Any], groups: Mapping[str, Sequence[int]],
           calibration: Mapping[str, Mapping]) -> list[dict[str, Any]]:
    """Return the rows of the headline: all classes and each group that has been tested."""
    if classes['accuracy'] is None:
        return []
    accuracy = np.array(classes['accuracy'], dtype=np.float64)
    metrics = test.group_metrics
    if not metrics:
        tested, hits = classes['tested'], np.nan_to_num(accuracy) * classes['tested']
        metrics = {'top1': float(hits.sum() / tested.sum())}
    rows = []
    for name, labels in {'all': range(len(accuracy)), **groups}.items():
        labels = np.asarray(labels, dtype=np.int64)
        value = metrics.get('top1' if name == 'all' else name)
        if value is None:
            continue

        def images(key: str, labels: np.ndarray = labels) -> int | None:
            return None if classes[key] is None else int(np.asarray(classes[key])[labels].sum())

        rows.append({
            'group': name, 'accuracy': value, 'classes': len(labels),
            'tested_classes': int(np.isfinite(accuracy[labels]).sum()),
            'training_images': images('group_counts'), 'test_images': images('tested'),
            'ece': calibration.get(name, {}).get('ece'),
        })
    return rows
