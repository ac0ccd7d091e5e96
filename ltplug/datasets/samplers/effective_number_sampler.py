"""Sampling by the effective number of samples."""

from typing import Any

import numpy as np

from ltplug.ops.class_weights import effective_number_weights
from ltplug.registry import DATA_SAMPLERS

from .class_sampler import ClassProbabilitySampler


@DATA_SAMPLERS.register_module()
class EffectiveNumberSampler(ClassProbabilitySampler):
    """Draws images with weight (1 - beta) / (1 - beta ** n_c), with replacement.

    The weights of Cui et al., "Class-Balanced Loss Based on Effective Number of Samples", 2019,
    eq. 2, used for sampling as in the code of LDAM (Cao et al. 2019). Nearly class-balanced for
    beta near 1, instance-balanced for 0.

    Args:
        dataset (dataset): The training dataset.
        beta (float): In [0, 1). Defaults to 0.9999.
        num_samples (int, optional): Draws per epoch. Defaults to the dataset's length.
        seed (int, optional): The same on all ranks; None draws one for all.

    Raises:
        ValueError: If beta is out of range.
    """

    pure_epochs = True

    def __init__(self, dataset: Any, beta: float = 0.9999, num_samples: int | None = None,
                 seed: int | None = None) -> None:
        super().__init__(dataset, num_samples, seed)
        mass = self.index.counts * effective_number_weights(self.index.counts, beta)
        self._probabilities = mass / mass.sum()

    def class_probabilities(self, epoch: int) -> np.ndarray:
        """Return the probability of each class that has images, the same in every epoch."""
        return self._probabilities
