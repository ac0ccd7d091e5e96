"""Accuracy by group of classes, from predictions."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ltplug.datasets.find_images import ImageSource
from ltplug.evaluation import GroupAccuracy
from ltplug.evaluation.group_accuracy import Groups, resolve_groups
from ltplug.evaluation.tables import group_table

from .class_facts import ClassFacts
from .predictions import FAILED, Predictions

FOLDERS = 'folders'


class GroupMetrics(dict):
    """Accuracies in percent by name, as ``GroupAccuracy.calculate`` gives them.

    Printed, they are the table of groups.

    Args:
        metrics (dict): The accuracies.
        table (str): The table.
    """

    def __init__(self, metrics: dict[str, Any], table: str) -> None:
        super().__init__(metrics)
        self._table = table

    def __str__(self) -> str:
        return self._table


def group_metrics(predictions: Any,
                  labels: Sequence[int | str] | np.ndarray | str,
                  class_counts: Sequence[int] | None = None,
                  groups: Groups | None = None,
                  boundary: str | None = None) -> GroupMetrics:
    """Return accuracies of all, many-, medium- and few-shot classes.

    Args:
        predictions (Predictions or array): What ``model.predict`` gives; or predicted labels [N]
            or scores [N, C] of anything. Images that could not be predicted are left out.
        labels (Sequence or str): The true label or class name of every image, [N]; or 'folders':
            the subfolder that an image lies in is called as its class.
        class_counts (Sequence[int], optional): Training images per class, [C]. Defaults to those
            that came with the model.
        groups (str or dict, optional): 'shot', 'tertile' or labels by name, as for
            ``GroupAccuracy``. Defaults to those of the model's config, or 'shot'.
        boundary (str, optional): 'strict' or 'inclusive', as for ``GroupAccuracy``. Defaults to
            that of the model's config, or 'strict'.

    Returns:
        GroupMetrics: In percent, ``top1``, one entry a group, ``mean_class``, ``worst_class`` and
        others; ``per_class`` is float64[C]. ``print`` shows the table.

    Raises:
        ValueError: If there are no counts, not one label an image, an unknown class, or nothing to
            evaluate.
    """
    names = None
    if isinstance(predictions, Predictions):
        facts = predictions.facts
        names = facts.names
        class_counts = facts.counts if class_counts is None else class_counts
        groups = facts.groups if groups is None else groups
        boundary = facts.boundary if boundary is None else boundary
        if isinstance(labels, str):
            labels = _labels_of_folders(predictions, labels)
        if len(labels) != len(predictions):
            raise ValueError(f'Got {len(labels)} labels for {len(predictions)} images; there must '
                             'be one each.')
        labels = [facts.label_of(label) if isinstance(label, str) else int(label)
                  for label in labels]
        known = predictions.pred_label != FAILED
        predicted, labels = predictions.pred_label[known], np.array(labels, np.int64)[known]
    else:
        predicted = predictions
        if isinstance(labels, str):
            raise ValueError("labels='folders' needs what model.predict gives: pass labels.")
    groups, boundary = groups or 'shot', boundary or 'strict'
    if class_counts is None and isinstance(groups, str):
        raise ValueError('There are no class counts, so nobody knows which classes are rare: pass '
                         'class_counts=[...], the training images of every class.')
    metrics = GroupAccuracy.calculate(predicted, labels, class_counts, groups, boundary)
    table = group_table(metrics, resolve_groups(groups, boundary, class_counts), class_counts,
                        names)
    return GroupMetrics(metrics, table)


def check_folders(images: Iterable[Any], facts: ClassFacts) -> None:
    """Refuse images whose subfolders are no classes.

    Args:
        images (Iterable): With ``name`` and ``folder``.
        facts (ClassFacts): The classes.

    Raises:
        ValueError: If an image lies in no subfolder, or in one that is called otherwise.
    """
    checked = set()
    for image in images:
        if image.folder is None:
            raise ValueError('The class of an image shall come from the subfolder it lies in, but '
                             f'{image.name} lies in none.')
        if image.folder not in checked:
            facts.label_of(image.folder)
            checked.add(image.folder)


def _labels_of_folders(predictions: Predictions, asked: str) -> list[str]:
    if asked != FOLDERS:
        raise ValueError(f"labels is a list with one label or name an image, or 'folders', got "
                         f'{asked!r}.')
    check_folders(map(ImageSource, predictions.images, predictions.images, predictions.folders),
                  predictions.facts)
    return [str(folder) for folder in predictions.folders]
