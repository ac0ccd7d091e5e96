"""A long-tailed training set out of any dataset."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ltplug.ops.long_tail import check_imbalance, long_tail_counts
from ltplug.registry import DATASETS

from .class_orders import complete_order, find_class_order
from .labels import class_counts
from .subset import Subset


@DATASETS.register_module()
class LongTailSubset(Subset):
    """The long-tailed subset of a dataset.

    Keeps as many images of each class as :func:`ltplug.ops.long_tail_counts` says. Which ones is
    drawn as in the code of LDAM (Cao et al. 2019), so that the usual CIFAR-LT sets come out image
    by image: a private legacy numpy stream, one in-place shuffle per class from head to tail, the
    first n kept.

    Args:
        dataset (dict or dataset): The source; wrappers (concatenated, k-fold, lazy) are fine.
        imbalance_ratio (float, optional): Largest over smallest class, at least 1. Defaults to
            100 where no factor is given.
        imbalance_factor (float, optional): The inverse of the ratio, instead of it.
        profile (str): 'exp', 'step' or 'pareto'. Defaults to 'exp'.
        max_count (int, optional): Images of the largest class. Defaults to the size of the
            source's smallest class.
        class_order (Sequence[int] or str, optional): All labels from head to tail, or a name:
            'cifar10-split1' to 'cifar10-split5' and 'cifar100-split1' to 'cifar100-split5' are
            those of SDCLR, 'tiny-imagenet' is a random one of ours. Defaults to ascending labels:
            class 0 is the head.
        seed (int): Of the selection; independent of the training seed. Defaults to 0.
        lazy_init (bool): Whether to leave the source unread for now. Defaults to False.
        alpha (float): Power of the 'pareto' profile. Defaults to 6, as of ImageNet-LT.

    Raises:
        ValueError: If an argument is out of range or a class has too few images.
    """

    def __init__(self,
                 dataset: Any,
                 imbalance_ratio: float | None = None,
                 imbalance_factor: float | None = None,
                 profile: str = 'exp',
                 max_count: int | None = None,
                 class_order: Sequence[int] | str | None = None,
                 seed: int = 0,
                 lazy_init: bool = False,
                 alpha: float = 6.0) -> None:
        if imbalance_ratio is None and imbalance_factor is None:
            imbalance_ratio = 100
        check_imbalance(imbalance_ratio, imbalance_factor)
        self.imbalance_ratio = imbalance_ratio
        self.imbalance_factor = imbalance_factor
        self.profile = profile
        self.max_count = max_count
        self.class_order = None if class_order is None else find_class_order(class_order)
        self.seed = seed
        self.alpha = alpha
        super().__init__(dataset, lazy_init=lazy_init)

    def select(self, labels: np.ndarray) -> np.ndarray:
        """Return the kept positions of the source, class after class from head to tail."""
        available = class_counts(self.dataset, labels=labels)
        num_classes = len(available)
        order = complete_order(self.class_order, num_classes)
        if available.min(initial=1) == 0:
            empty = np.flatnonzero(available == 0).tolist()
            raise ValueError(f'Classes {empty} of the source have no image, so no '
                             'long-tailed set can be drawn from them: leave them out of the '
                             'classes.')
        max_count = int(available.min()) if self.max_count is None else self.max_count
        counts = long_tail_counts(max_count, num_classes, self.imbalance_ratio, self.profile,
                                  self.imbalance_factor, self.alpha)
        rng = np.random.RandomState(self.seed)
        kept = []
        for label, count in zip(order, counts, strict=True):
            if count > available[label]:
                raise ValueError(f'Class {label} has {available[label]} images but the profile '
                                 f'asks for {count}: lower max_count or change class_order.')
            candidates = np.flatnonzero(labels == label)
            rng.shuffle(candidates)
            kept.append(candidates[:count])
        return np.concatenate(kept)
