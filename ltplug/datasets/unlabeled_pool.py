"""A pool of images without labels that is imbalanced as an experiment asks."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ltplug.ops import unlabeled_counts
from ltplug.registry import DATASETS

from .class_orders import complete_order, find_class_order
from .labels import class_counts
from .semi_supervised import UNLABELED, SemiSupervisedDataset
from .subset import Subset


@DATASETS.register_module()
class UnlabeledPool(Subset):
    """Images to learn from without labels, in a number and with an imbalance of one's choice.

    Yang and Xu, "Rethinking the Value of Labels for Improving Class-Imbalanced Learning", 2020,
    sections 2.2 and 2.3. The labels that the source knows, true ones or those of another model,
    only say which images are taken: class after class, by a private shuffle. How many of each
    class says :func:`ltplug.ops.unlabeled_counts`, so the size of the pool is the same for every
    ratio, up to one image a class.

    A part of the pool can be irrelevant, images of none of the classes: of ``size`` images the
    share ``relevance`` comes from the source, with its imbalance, and the others uniformly from
    ``irrelevant``.

    A pool about whose classes nothing is known needs no such choice: use its dataset as it is.

    Args:
        dataset (dict or dataset): The source of relevant images.
        size (int): Images of the pool |D_U|; the paper takes 5 times the labelled ones.
        imbalance_ratio (float): Largest over smallest class of the relevant images rho_U, at
            least 1. Defaults to 1.
        profile (str): 'exp', 'step' or 'pareto'. Defaults to 'exp'.
        class_order (Sequence[int] or str, optional): All labels from head to tail, or a name as of
            ``LongTailSubset``. Defaults to ascending labels.
        irrelevant (dict or dataset, optional): The source of irrelevant images, which need no
            labels.
        relevance (float): Share of the pool that is relevant, in [0, 1]. Defaults to 1.
        seed (int): Of the choice; independent of the training seed. Defaults to 0.
        lazy_init (bool): Whether to leave the sources unread for now. Defaults to False.

    Raises:
        ValueError: If an argument is out of range or a source has too few images.
    """

    def __init__(self,
                 dataset: Any,
                 size: int,
                 imbalance_ratio: float = 1,
                 profile: str = 'exp',
                 class_order: Sequence[int] | str | None = None,
                 irrelevant: Any = None,
                 relevance: float = 1.0,
                 seed: int = 0,
                 lazy_init: bool = False) -> None:
        if size < 1:
            raise ValueError(f'size must be positive, got {size}.')
        if not 0 <= relevance <= 1:
            raise ValueError(f'relevance must lie in [0, 1], got {relevance}.')
        if irrelevant is None and relevance < 1:
            raise ValueError(f'relevance={relevance} asks for irrelevant images, but none are '
                             'given: set irrelevant to a dataset of other images.')
        self.size = size
        self.imbalance_ratio = imbalance_ratio
        self.profile = profile
        self.class_order = None if class_order is None else find_class_order(class_order)
        self.relevance = relevance
        self.seed = seed
        self.source = DATASETS.build(dataset) if isinstance(dataset, dict) else dataset
        both = self.source if irrelevant is None else \
            SemiSupervisedDataset(self.source, irrelevant, lazy_init=lazy_init)
        super().__init__(both, lazy_init=lazy_init)

    def select(self, labels: np.ndarray) -> np.ndarray:
        """Return the chosen positions, class after class from head to tail, then the irrelevant."""
        rng = np.random.RandomState(self.seed)
        relevant = round(self.size * self.relevance)
        chosen = [np.empty(0, dtype=np.int64)]
        if relevant:
            num_classes = len(class_counts(self.source, labels=labels[:len(self.source)]))
            order = complete_order(self.class_order, num_classes)
            counts = unlabeled_counts(relevant, num_classes, self.imbalance_ratio, self.profile)
            chosen += [_draw(np.flatnonzero(labels == label), count, f'class {label}', rng)
                       for label, count in zip(order, counts, strict=True)]
        if relevant < self.size:
            chosen.append(_draw(np.flatnonzero(labels == UNLABELED), self.size - relevant,
                                'irrelevant', rng))
        return np.concatenate(chosen)


def _draw(candidates: np.ndarray, count: int, what: str, rng: np.random.RandomState) -> np.ndarray:
    if count > len(candidates):
        raise ValueError(f'The pool asks for {count} images ({what}), but its source has '
                         f'{len(candidates)}: lower size or imbalance_ratio.')
    rng.shuffle(candidates)
    return candidates[:count]
