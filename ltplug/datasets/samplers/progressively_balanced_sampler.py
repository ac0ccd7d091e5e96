"""From instance-balanced to class-balanced sampling in the course of training."""

from typing import Any

import numpy as np

from ltplug.registry import DATA_SAMPLERS

from .class_sampler import ClassProbabilitySampler

SCHEDULES = ('code', 'paper')


@DATA_SAMPLERS.register_module()
class ProgressivelyBalancedSampler(ClassProbabilitySampler):
    """Draws classes by (1 - a) * instance-balanced + a * class-balanced, a growing with the epoch.

    Kang et al., "Decoupling Representation and Classifier for Long-Tailed Recognition", 2020,
    eq. 2. Their code reaches both ends exactly: a = (t - 1) / (T - 1) in epoch t = 1..T; their
    text says a = t / T. Epochs after T stay class-balanced.

    Args:
        dataset (dataset): The training dataset.
        total_epochs (int): Length of training T; a single epoch is instance-balanced by 'code'.
        schedule (str): 'code' or 'paper'. Defaults to 'code'.
        num_samples (int, optional): Draws per epoch. Defaults to the dataset's length.
        seed (int, optional): The same on all ranks; None draws one for all.

    Raises:
        ValueError: If total_epochs is not positive or the schedule is unknown.
    """

    pure_epochs = True

    def __init__(self, dataset: Any, total_epochs: int, schedule: str = 'code',
                 num_samples: int | None = None, seed: int | None = None) -> None:
        if total_epochs < 1:
            raise ValueError(f'total_epochs must be positive, got {total_epochs}.')
        if schedule not in SCHEDULES:
            raise ValueError(f'schedule must be one of {", ".join(SCHEDULES)}, got {schedule!r}.')
        super().__init__(dataset, num_samples, seed)
        self.total_epochs = total_epochs
        self.schedule = schedule

    def balance(self, epoch: int) -> float:
        """Return the share a of class-balanced sampling in an epoch, counted from 0."""
        if self.schedule == 'code':
            return min(epoch / max(self.total_epochs - 1, 1), 1.0)
        return min((epoch + 1) / self.total_epochs, 1.0)

    def class_probabilities(self, epoch: int) -> np.ndarray:
        """Return the probability of each class that has images, float64[K]."""
        share, counts = self.balance(epoch), self.index.counts
        return (1 - share) * counts / counts.sum() + share / len(counts)
