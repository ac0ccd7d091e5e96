"""Training images set aside for validation."""

from typing import Any

import numpy as np

from ltplug.registry import DATASETS
from ltplug.utils import SeedUse, hash_seed

from .subset import Subset

PARTS = ('train', 'val')


@DATASETS.register_module()
class HoldOut(Subset):
    """One of the two parts into which a balanced hold-out cuts a training set.

    Of every class the same number of images, drawn at random, is the part 'val'; all others are
    the part 'train'. With the same seed the parts are complements, and neither depends on the
    training seed. Protocols that choose on validation data hold images out before they subsample::

        train_dataloader = dict(
            dataset=dict(
                type='ltplug.LongTailSubset',
                dataset=dict(type='ltplug.HoldOut', images_per_class=500, dataset=...)))

    Args:
        dataset (dict or dataset): The whole training set.
        images_per_class (int): Images of each class that are held out.
        seed (int): Of the choice. Defaults to 0.
        part (str): 'train' or 'val'. Defaults to 'train'.
        lazy_init (bool): Whether to leave the source unread for now. Defaults to False.

    Raises:
        ValueError: If an argument is out of range, or a class would keep no image for training.
    """

    def __init__(self,
                 dataset: Any,
                 images_per_class: int,
                 seed: int = 0,
                 part: str = 'train',
                 lazy_init: bool = False) -> None:
        if images_per_class < 1:
            raise ValueError(f'images_per_class must be positive, got {images_per_class}.')
        if part not in PARTS:
            raise ValueError(f'part must be one of {", ".join(PARTS)}, got {part!r}.')
        self.images_per_class = images_per_class
        self.seed = seed
        self.part = part
        super().__init__(dataset, lazy_init=lazy_init)

    def select(self, labels: np.ndarray) -> np.ndarray:
        """Return the positions of the part in the order of the source."""
        is_held_out = np.zeros(len(labels), dtype=bool)
        for label in np.unique(labels):
            positions = np.flatnonzero(labels == label)
            if len(positions) <= self.images_per_class:
                raise ValueError(f'Class {label} has {len(positions)} images, so none would be '
                                 f'left to train on after holding out {self.images_per_class}: '
                                 'lower images_per_class.')
            rng = np.random.default_rng(hash_seed(SeedUse.HOLD_OUT, self.seed, label))
            is_held_out[rng.permutation(positions)[:self.images_per_class]] = True
        return np.flatnonzero(is_held_out if self.part == 'val' else ~is_held_out)
