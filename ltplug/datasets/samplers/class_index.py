"""The images of each class of a dataset."""

import logging
from typing import Any

import numpy as np
from mmengine.logging import print_log

from ltplug.datasets.labels import gt_labels

_SHOWN = 10  # labels listed in a message


class ClassIndex:
    """The images of each class, from the labels of a dataset.

    Classes without images are left out, and said once in the log. The others are numbered 0..K-1
    in the order of their labels.

    Args:
        dataset (dataset): Any dataset that :func:`ltplug.datasets.gt_labels` takes.

    Attributes:
        classes (np.ndarray): Label of each class, int64[K].
        counts (np.ndarray): Images of each class, all positive, int64[K].

    Raises:
        ValueError: If a label is negative.
    """

    def __init__(self, dataset: Any) -> None:
        labels = gt_labels(dataset)
        self._members = np.argsort(labels, kind='stable')
        self.classes, self._starts, self.counts = np.unique(
            labels[self._members], return_index=True, return_counts=True)
        if self.classes[0] < 0:
            raise ValueError(f'The training dataset has the label {self.classes[0]}, but labels '
                             'start at 0: leave unlabelled images out.')
        names = getattr(dataset, 'metainfo', {}).get('classes') or ()
        empty = np.setdiff1d(np.arange(len(names)), self.classes)
        if len(empty):
            more = f' and {len(empty) - _SHOWN} more' if len(empty) > _SHOWN else ''
            print_log(
                f'Classes {empty[:_SHOWN].tolist()}{more} have no training image, so they are '
                'never drawn.', logger='current', level=logging.WARNING)

    def __len__(self) -> int:
        return len(self.classes)

    def dataset_indices(self, numbers: np.ndarray, images: np.ndarray) -> np.ndarray:
        """Return where images stand in the dataset.

        Args:
            numbers (np.ndarray): Numbers of classes in [0, K), any shape.
            images (np.ndarray): Numbers of images inside their class, of a shape that broadcasts.

        Returns:
            np.ndarray: Dataset indices, int64 of the common shape.
        """
        return self._members[self._starts[numbers] + images]
