"""What a subset leaves over."""

from typing import Any

import numpy as np

from ltplug.registry import DATASETS

from .subset import Subset


@DATASETS.register_module()
class Remainder(Subset):
    """The images of a dataset that a subset of it does not take.

    The images that a long-tailed training set leaves unused are a pool for learning without their
    labels::

        unlabeled=dict(type='ltplug.Remainder', dataset=dict(type='ltplug.LongTailSubset', ...))

    Args:
        dataset (dict or Subset): The subset, such as LongTailSubset or HoldOut.
        lazy_init (bool): Whether to leave the source unread for now. Defaults to False.

    Raises:
        ValueError: If it is no subset, or takes all images.
    """

    def __init__(self, dataset: Any, lazy_init: bool = False) -> None:
        taken = DATASETS.build(dataset) if isinstance(dataset, dict) else dataset
        if not isinstance(taken, Subset):
            raise ValueError(f'Remainder is what a subset leaves over, but {type(taken).__name__} '
                             'is none: give a LongTailSubset or another subset of ltplug.')
        self.taken = taken
        super().__init__(taken.dataset, lazy_init=lazy_init)

    def select(self, labels: np.ndarray) -> np.ndarray:
        """Return the positions that are not taken, in the order of the source."""
        self.taken.full_init()
        left = np.setdiff1d(np.arange(len(labels)), self.taken.indices)
        if not len(left):
            raise ValueError(f'{type(self.taken).__name__} takes all {len(labels)} images, so none '
                             'is left over.')
        return left
