"""A part of a dataset."""

from abc import abstractmethod

import numpy as np

from .draw import DrawDataset
from .labels import gt_labels


class Subset(DrawDataset):
    """Chosen samples of a dataset, in an order of choice; base of what carves by label.

    Args:
        dataset (dict or dataset): The source; wrappers (concatenated, k-fold, lazy) are fine.
        lazy_init (bool): Whether to leave the source unread for now. Defaults to False.
    """

    def full_init(self) -> None:
        """Read the source and choose the samples."""
        if self._fully_initialized:
            return
        super().full_init()
        self._fully_initialized = False  # not before the selection has succeeded
        self._labels = gt_labels(self.dataset)
        self.indices = self.select(self._labels)
        self._fully_initialized = True

    @abstractmethod
    def select(self, labels: np.ndarray) -> np.ndarray:
        """Choose samples.

        Args:
            labels (np.ndarray): Labels of the source, int64[N].

        Returns:
            np.ndarray: Positions in the source, int64[n].
        """

    def inner_index(self, index: int) -> int:
        """Return the position in the source of a position in the subset."""
        self.full_init()
        return int(self.indices[index])

    def get_gt_labels(self) -> np.ndarray:
        """Return the labels of the subset, int64[n]."""
        self.full_init()
        return self._labels[self.indices]

    def __len__(self) -> int:
        self.full_init()
        return len(self.indices)
