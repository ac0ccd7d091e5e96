"""Sampling by a power of the class size."""

from typing import Any

import numpy as np

from ltplug.ops.sampling import power_probabilities
from ltplug.registry import DATA_SAMPLERS

from .class_sampler import ClassProbabilitySampler


@DATA_SAMPLERS.register_module()
class WeightedClassSampler(ClassProbabilitySampler):
    """Draws a class with probability ~ n_c ** power, then an image of it, with replacement.

    ``power=1`` is instance-balanced, 0.5 square-root, 0 class-balanced sampling (Kang et al.,
    "Decoupling Representation and Classifier for Long-Tailed Recognition", 2020, eq. 1).

    Args:
        dataset (dataset): The training dataset.
        power (float): The exponent; below 0 small classes are drawn most.
        num_samples (int, optional): Draws per epoch. Defaults to the dataset's length.
        seed (int, optional): The same on all ranks; None draws one for all.

    Raises:
        ValueError: If the power is not finite.
    """

    pure_epochs = True

    def __init__(self, dataset: Any, power: float, num_samples: int | None = None,
                 seed: int | None = None) -> None:
        super().__init__(dataset, num_samples, seed)
        self._probabilities = power_probabilities(self.index.counts, power)

    def class_probabilities(self, epoch: int) -> np.ndarray:
        """Return the probability of each class that has images, the same in every epoch."""
        return self._probabilities
