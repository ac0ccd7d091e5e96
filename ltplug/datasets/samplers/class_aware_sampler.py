"""Class-aware sampling: cycles over classes and over the images of each class."""

from typing import Any

import numpy as np

from ltplug.ops.sampling import class_cycles, image_cycles
from ltplug.registry import DATA_SAMPLERS

from .class_sampler import ClassSampler


def check_block_size(num_samples_per_class: int) -> None:
    """Raise a ValueError where a class would be drawn without an image."""
    if num_samples_per_class < 1:
        raise ValueError(f'num_samples_per_class must be positive, got {num_samples_per_class}.')


@DATA_SAMPLERS.register_module()
class ClassAwareSampler(ClassSampler):
    """Z consecutive images of one class after the other.

    A shuffled cycle over classes; each step takes the next Z images of the class's own shuffled
    cycle; a cycle is shuffled anew when it ends. From the code of OLTR (Liu et al., "Large-Scale
    Long-Tailed Recognition in an Open World", 2019), used by cRT. Two changes: cycles restart
    each epoch, so that an epoch depends on (seed, epoch) only, and an epoch has as many images
    as the dataset, where that code stops too.

    Args:
        dataset (dataset): The training dataset.
        num_samples_per_class (int): Images per step Z. Defaults to 4.
        num_samples (int, optional): Draws per epoch. Defaults to the dataset's length.
        seed (int, optional): The same on all ranks; None draws one for all.

    Raises:
        ValueError: If Z is not positive.
    """

    pure_epochs = True

    def __init__(self, dataset: Any, num_samples_per_class: int = 4,
                 num_samples: int | None = None, seed: int | None = None) -> None:
        check_block_size(num_samples_per_class)
        super().__init__(dataset, num_samples, seed)
        self.num_samples_per_class = num_samples_per_class

    def draw(self, epoch: int, rng: np.random.Generator) -> np.ndarray:
        """Return the dataset indices of one epoch, int64[n], from the epoch's generator."""
        steps = -(-self.stream_length // self.num_samples_per_class)
        blocks = class_cycles(len(self.index), steps, rng)
        images = image_cycles(self.index.counts, blocks, self.num_samples_per_class, rng)
        drawn = self.index.dataset_indices(blocks[:, None], images)
        return drawn.ravel()[:self.stream_length]
