"""Accuracy by group of classes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger

from ltplug.ops import shot_groups, tertile_groups
from ltplug.registry import METRICS
from ltplug.utils.class_names import complete_names, names_in

from .tables import group_table

Groups = str | Mapping[str, Sequence[int]]
_OTHER_KEYS = {'top1', 'group_mean', 'std', 'mean_class', 'harmonic_mean', 'geometric_mean',
               'worst_class', 'per_class'}


def resolve_groups(groups: Groups, boundary: str,
                   class_counts: Sequence[int] | None) -> dict[str, np.ndarray]:
    """Return the classes of each group.

    Args:
        groups (str or dict): As for :class:`GroupAccuracy`.
        boundary (str): As for :class:`GroupAccuracy`.
        class_counts (Sequence[int], optional): Training images per class, [C].

    Returns:
        dict[str, np.ndarray]: Labels, int64, by name of the group.

    Raises:
        ValueError: If the kind of groups is unknown, or needs counts and there are none.
    """
    if isinstance(groups, Mapping):
        taken = sorted(_OTHER_KEYS.intersection(groups))
        if taken:
            raise ValueError(f'{taken[0]!r} cannot name a group, it is the name of a metric.')
        return {name: np.asarray(labels, dtype=np.int64) for name, labels in groups.items()}
    if groups not in ('shot', 'tertile'):
        raise ValueError("groups must be 'shot', 'tertile' or a dict of label lists, got "
                         f'{groups!r}.')
    if class_counts is None:
        raise ValueError(f"Groups of kind {groups!r} need class_counts, the number of training "
                         'images of every class.')
    return shot_groups(class_counts, boundary) if groups == 'shot' else tertile_groups(class_counts)


def _to_labels(values: Any) -> np.ndarray:
    if isinstance(values, torch.Tensor):
        values = values.detach().cpu().numpy()
    values = np.asarray(values)
    return (values.argmax(axis=1) if values.ndim == 2 else values).astype(np.int64)


@METRICS.register_module()
class GroupAccuracy(BaseMetric):
    """Top-1 accuracy of all, many-, medium- and few-shot classes, in percent.

    A group's accuracy is the mean of the accuracies of its classes. Classes without test images
    are skipped and groups without such classes left out; nothing is ever counted as 0 for want of
    images. At the end of an evaluation a table is logged. The counts are those of the long-tailed
    training set; ``ClassCountsHook`` brings them, from the training data or the checkpoint.

    Args:
        groups (str or dict): 'shot' (many, medium, few), 'tertile' (frequent, medium, rare: thirds
            of the classes by count) or a dict from name to labels. Defaults to 'shot'.
        boundary (str): Whether 100 and 20 images are 'medium' ('strict') or many and few
            ('inclusive'). Defaults to 'strict'.
        class_counts (Sequence[int], optional): Training images per class, instead of the hook's.
        collect_device (str): As in mmengine. Defaults to 'cpu'.
        prefix (str, optional): As in mmengine. Defaults to 'group_accuracy'.

    Example:
        As a function: ``GroupAccuracy.calculate(pred, target, class_counts)['few']``.

        In a config::

            val_evaluator = dict(type='ltplug.GroupAccuracy', groups='shot')
    """

    default_prefix = 'group_accuracy'

    def __init__(self,
                 groups: Groups = 'shot',
                 boundary: str = 'strict',
                 class_counts: Sequence[int] | None = None,
                 collect_device: str = 'cpu',
                 prefix: str | None = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        resolve_groups(groups, boundary, [1])
        self.groups = groups
        self.boundary = boundary
        self._counts_are_given = class_counts is not None
        self.class_counts = None if class_counts is None else [int(n) for n in class_counts]
        self.details: dict[str, Any] = {}  # of the last evaluation, on the main process

    @property
    def metric_names(self) -> list[str]:
        """list[str]: Names that its results may have, without the prefix."""
        groups = resolve_groups(self.groups, self.boundary, self.class_counts or [1])
        return [*groups, *sorted(_OTHER_KEYS - {'per_class'})]

    def set_class_counts(self, class_counts: Sequence[int]) -> None:
        """Take the counts that define the groups, unless the constructor was given others.

        Args:
            class_counts (Sequence[int]): Training images per class, [C].

        Raises:
            ValueError: If a group has a label outside these classes.
        """
        if not self._counts_are_given:
            self.class_counts = [int(count) for count in class_counts]
        if isinstance(self.groups, Mapping):
            labels = [label for group in self.groups.values() for label in group]
            outside = [label for label in labels if not 0 <= label < len(self.class_counts)]
            if outside:
                raise ValueError(f'GroupAccuracy has label {outside[0]} in its groups, but there '
                                 f'are {len(self.class_counts)} classes, labelled from 0.')

    def check_class_counts(self) -> None:
        """Complain about missing counts; called before the first batch.

        Raises:
            RuntimeError: If there are none.
        """
        if self.class_counts is None and isinstance(self.groups, str):
            raise RuntimeError(
                'GroupAccuracy needs the class counts of the training data, which this checkpoint '
                'does not hold: test a checkpoint that ltplug trained (with ClassCountsHook), or '
                'pass class_counts=[...] to the metric.')

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Store labels and predictions of a batch.

        Args:
            data_batch: Not used.
            data_samples (Sequence[dict]): With ``pred_label`` or ``pred_score``, and ``gt_label``.
        """
        if not self.results:
            self.check_class_counts()
        predicted = [sample['pred_label'] if 'pred_label' in sample else
                     sample['pred_score'].argmax(keepdim=True) for sample in data_samples]
        target = [sample['gt_label'] for sample in data_samples]
        self.results.extend(zip(torch.cat(predicted).tolist(), torch.cat(target).tolist(),
                                strict=True))

    def compute_metrics(self, results: list[tuple[int, int]]) -> dict[str, float]:
        """Return the accuracies and log the table.

        Args:
            results (list[tuple[int, int]]): Predicted and true labels of all ranks.

        Returns:
            dict[str, float]: As :meth:`calculate`, without the vector per class.
        """
        predicted, target = np.array(results, dtype=np.int64).T
        metrics = self.calculate(predicted, target, self.class_counts, self.groups, self.boundary)
        names = names_in(self.dataset_meta)
        if names is not None:  # a test set without the last classes may not name them
            names = complete_names(names, len(metrics['per_class']))
        groups = resolve_groups(self.groups, self.boundary, self.class_counts)
        MMLogger.get_current_instance().info(
            '\n' + group_table(metrics, groups, self.class_counts, names))
        per_class = metrics.pop('per_class')  # would drown the log of thousands of classes
        self.details = {
            'prefix': self.prefix,
            'per_class': [None if np.isnan(value) else float(value) for value in per_class],
            'class_counts': self.class_counts,
            'class_names': names,
            'groups': {name: labels.tolist() for name, labels in groups.items()},
        }
        return metrics

    @staticmethod
    def calculate(pred: Any,
                  target: Any,
                  class_counts: Sequence[int] | None = None,
                  groups: Groups = 'shot',
                  boundary: str = 'strict') -> dict[str, Any]:
        """Compute accuracies from predictions.

        Args:
            pred (array or Tensor): Predicted labels [N] or scores [N, C].
            target (array or Tensor): True labels [N].
            class_counts (Sequence[int], optional): Training images per class [C]; needed unless
                the groups are given by labels.
            groups (str or dict): As in the constructor. Defaults to 'shot'.
            boundary (str): As in the constructor. Defaults to 'strict'.

        Returns:
            dict: In percent: ``top1`` (all test images alike); one entry per group that has test
            images; ``group_mean`` and ``std`` (population) over these groups; ``mean_class``,
            ``harmonic_mean``, ``geometric_mean`` and ``worst_class`` over classes with test
            images; and ``per_class``, float64[C], NaN for a class without test images.

        Raises:
            ValueError: If there is nothing to evaluate, lengths differ, or a label has no count.
        """
        predicted, target = _to_labels(pred), _to_labels(target)
        if predicted.shape != target.shape or not target.size:
            raise ValueError(f'Got {len(predicted)} predictions for {len(target)} labels; there '
                             'must be one each and at least one.')
        label_groups = resolve_groups(groups, boundary, class_counts)
        labels = np.concatenate([target, predicted, *label_groups.values()])
        num_classes = int(labels.max()) + 1 if class_counts is None else len(class_counts)
        outside = labels[(labels < 0) | (labels >= num_classes)]
        if outside.size:
            raise ValueError(f'Label {outside[0]} occurs in the evaluation or its groups, but '
                             f'there are {num_classes} classes, labelled from 0.')
        hits = np.bincount(target[predicted == target], minlength=num_classes)
        totals = np.bincount(target, minlength=num_classes)
        with np.errstate(invalid='ignore'):
            per_class = np.where(totals > 0, 100.0 * hits / totals, np.nan)

        seen = per_class[totals > 0]
        metrics: dict[str, Any] = {'top1': float(100.0 * hits.sum() / totals.sum())}
        group_values = {}
        for name, labels in label_groups.items():
            values = per_class[labels]
            values = values[~np.isnan(values)]
            if values.size:
                group_values[name] = float(values.mean())
        metrics.update(group_values)
        if group_values:
            metrics['group_mean'] = float(np.mean(list(group_values.values())))
            metrics['std'] = float(np.std(list(group_values.values())))
        positive = bool((seen > 0).all())
        metrics['mean_class'] = float(seen.mean())
        metrics['harmonic_mean'] = float(len(seen) / (1 / seen).sum()) if positive else 0.0
        metrics['geometric_mean'] = float(np.exp(np.log(seen).mean())) if positive else 0.0
        metrics['worst_class'] = float(seen.min())
        metrics['per_class'] = per_class
        return metrics
