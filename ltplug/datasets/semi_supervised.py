"""Labelled images together with others, whose labels nobody knows or a model has given."""

from typing import Any

import numpy as np

from ltplug.registry import DATASETS

from .draw import Draw, DrawDataset
from .labels import gt_labels
from .pseudo_labels import PseudoLabels, dataset_fingerprint
from .subset import Subset

UNLABELED = -1
"""The label of an image without one."""


class Concatenation:
    """Two datasets, one after the other; their meta information may differ.

    Args:
        first (dataset): Any dataset or wrapper.
        second (dataset): Any dataset or wrapper.
    """

    def __init__(self, first: Any, second: Any) -> None:
        self.datasets = [first, second]

    @property
    def metainfo(self) -> dict:
        """dict: The meta information of the first dataset."""
        return getattr(self.datasets[0], 'metainfo', {})

    def full_init(self) -> None:
        """Read both datasets."""
        for dataset in self.datasets:
            if hasattr(dataset, 'full_init'):
                dataset.full_init()

    def __len__(self) -> int:
        return sum(map(len, self.datasets))

    def __getitem__(self, index: int) -> Any:
        dataset, inner = self._locate(index)
        return dataset[inner]

    def get_data_info(self, index: int) -> dict:
        """Return the annotation at a position."""
        dataset, inner = self._locate(index)
        return dataset.get_data_info(inner)

    def _locate(self, index: int) -> tuple[Any, int]:
        first, second = self.datasets
        return (first, index) if index < len(first) else (second, index - len(first))


@DATASETS.register_module()
class SemiSupervisedDataset(DrawDataset):
    """A labelled training set, followed by images whose labels are not used.

    The data samples say by ``is_labeled`` which is which. An image of the pool has the label -1,
    whatever its dataset knows; so samplers and losses that need a label for every image refuse
    it. The class counts of a training are those of the labelled images.

    Args:
        labeled (dict or dataset): The labelled training set; its classes count.
        unlabeled (dict or dataset): The pool; its images come out of its own pipeline like the
            labelled ones.
        lazy_init (bool): Whether to leave both unread for now. Defaults to False.
    """

    def __init__(self, labeled: Any, unlabeled: Any, lazy_init: bool = False) -> None:
        self.labeled, self.unlabeled = (
            DATASETS.build(each) if isinstance(each, dict) else each
            for each in (labeled, unlabeled))
        super().__init__(Concatenation(self.labeled, self.unlabeled), lazy_init=lazy_init)

    def __getitem__(self, item: int | Draw) -> dict:
        results = super().__getitem__(item)
        index = item.index if isinstance(item, Draw) else int(item)
        if isinstance(results, dict) and 'data_samples' in results:
            sample, is_labeled = results['data_samples'], index < len(self.labeled)
            sample.set_metainfo({'is_labeled': is_labeled})
            if not is_labeled:
                sample.set_gt_label(self._label(index))
        return results

    def get_data_info(self, index: int) -> dict:
        """Return the annotation at a position, of the pool with the label that counts here."""
        info = super().get_data_info(index)
        return info if index < len(self.labeled) else {**info, 'gt_label': self._label(index)}

    def get_cat_ids(self, index: int) -> list[int]:
        """Return the label at a position, in a list."""
        return [int(self.get_data_info(index)['gt_label'])]

    def get_gt_labels(self) -> np.ndarray:
        """Return the labels, int64[N]; -1 for the pool."""
        self.full_init()
        own = gt_labels(self.labeled)
        return np.concatenate([own, np.full(len(self) - len(own), UNLABELED)])

    def _label(self, index: int) -> int:
        return UNLABELED


@DATASETS.register_module()
class PseudoLabeledDataset(SemiSupervisedDataset):
    """A labelled training set, followed by images with labels that a model has given them.

    Self-training of Yang and Xu, "Rethinking the Value of Labels for Improving Class-Imbalanced
    Learning", 2020, section 2.2. The labels come from ``tools/data/pseudo_label.py`` or from a
    ``PseudoLabelTask``; labels that the pool's own files hold are never used. Class counts are
    those of labelled and pseudo-labelled images together
    (``ClassCountsHook(labeled_only=True)``: of the labelled ones), the groups of a table those of
    the labelled images.

    In a config::

        train_dataloader = dict(
            dataset=dict(
                type='ltplug.PseudoLabeledDataset',
                labeled=dict(type='ltplug.LongTailSubset', ...),
                unlabeled=dict(type='ltplug.UnlabeledPool', ...),
                pseudo_labels='work_dirs/base/pseudo_labels.npz'))

    Args:
        labeled (dict or dataset): The labelled training set; its classes count.
        unlabeled (dict or dataset): The pool, the one that was pseudo-labelled.
        pseudo_labels (str): The file of labels.
        min_confidence (float, optional): Leave out images whose label the model was less sure of,
            in [0, 1]. Defaults to None: all are used, as in the paper.
        lazy_init (bool): Whether to leave everything unread for now. Defaults to False.

    Raises:
        FileNotFoundError: If there is no such file of labels.
        ValueError: If the labels are of other images or other classes, or none is left.
    """

    def __init__(self,
                 labeled: Any,
                 unlabeled: Any,
                 pseudo_labels: str,
                 min_confidence: float | None = None,
                 lazy_init: bool = False) -> None:
        if min_confidence is not None and not 0 <= min_confidence <= 1:
            raise ValueError(f'min_confidence must lie in [0, 1], got {min_confidence}.')
        self.pseudo_labels = pseudo_labels
        self.min_confidence = min_confidence
        super().__init__(labeled, unlabeled, lazy_init=lazy_init)

    def full_init(self) -> None:
        """Read both datasets and the labels."""
        if self._fully_initialized:
            return
        super().full_init()
        self._fully_initialized = False  # not before the labels have been found to fit
        labels = PseudoLabels.load(self.pseudo_labels)
        labels.check_fit(self.pseudo_labels, dataset_fingerprint(self.unlabeled), self.metainfo)
        self._kept = np.arange(len(labels.labels))
        if self.min_confidence is not None:
            self._kept = np.flatnonzero(labels.confidence >= self.min_confidence)
        if not len(self._kept):
            raise ValueError(f'No pseudo-label of {self.pseudo_labels} has a confidence of '
                             f'{self.min_confidence}, the highest is '
                             f'{labels.confidence.max():.3f}: lower min_confidence.')
        self._kept_labels = labels.labels[self._kept]
        self._fully_initialized = True

    def inner_index(self, index: int) -> int:
        """Return the position among labelled images and the whole pool."""
        first = len(self.labeled)
        return index if index < first else first + int(self._kept[index - first])

    def __len__(self) -> int:
        self.full_init()
        return len(self.labeled) + len(self._kept)

    def get_gt_labels(self) -> np.ndarray:
        """Return the labels of the labelled images and those given to the pool, int64[N]."""
        self.full_init()
        return np.concatenate([gt_labels(self.labeled), self._kept_labels])

    def _label(self, index: int) -> int:
        return int(self._kept_labels[index - len(self.labeled)])


def semi_supervised_part(dataset: Any) -> SemiSupervisedDataset | None:
    """Return the dataset that mixes labelled and other images, below any wrappers.

    Args:
        dataset (dataset): Any dataset or wrapper.

    Returns:
        SemiSupervisedDataset or None: None where there is none.
    """
    while dataset is not None and not isinstance(dataset, SemiSupervisedDataset):
        # a subset, such as a pool, is not what it was drawn from
        dataset = None if isinstance(dataset, Subset) else getattr(dataset, 'dataset', None)
    return dataset


def labeled_part(dataset: Any) -> Any:
    """Return the labelled images of a training set.

    Args:
        dataset (dataset): Any dataset or wrapper.

    Returns:
        dataset: Those of a :class:`SemiSupervisedDataset`; else the dataset itself.
    """
    part = semi_supervised_part(dataset)
    return dataset if part is None else part.labeled
