"""Base classes of the samplers that draw by class."""

from abc import abstractmethod
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from ltplug.utils import SeedUse, hash_seed

from .class_index import ClassIndex
from .stream import PureEpochs, check_dataset


class ClassSampler(PureEpochs, Sampler):
    """One epoch's stream of dataset indices, a pure function of (seed, epoch).

    :class:`ltplug.DrawBatchSampler` cuts the stream into batches and shares of ranks. Without it
    the sampler gives each rank every world_size-th index, the first ones again where the stream
    does not come out even, as mmengine's ``DefaultSampler`` does. Classes without images are
    skipped.

    A subclass whose epochs depend on nothing that is told to it in the course of training says
    ``pure_epochs = True``; then loading need not wait for an epoch to begin.

    In a config (``_delete_`` removes the arguments of the base's sampler)::

        train_dataloader = dict(
            sampler=dict(_delete_=True, type='ltplug.ClassAwareSampler'),
            batch_sampler=dict(type='ltplug.DrawBatchSampler'))

    Args:
        dataset (dataset): The training dataset, with one label per sample.
        num_samples (int, optional): Length of the stream n. Defaults to the dataset's.
        seed (int, optional): The same on all ranks; None draws one for all.

    Raises:
        ValueError: If the dataset is empty or num_samples is not positive.
    """

    def __init__(self, dataset: Any, num_samples: int | None = None,
                 seed: int | None = None) -> None:
        check_dataset(dataset)
        if num_samples is not None and num_samples < 1:
            raise ValueError(f'num_samples must be positive, got {num_samples}.')
        self.dataset = dataset
        self.num_samples = num_samples
        self.seed = sync_random_seed() if seed is None else seed
        self.epoch = 0
        self.rank, self.world_size = get_dist_info()

    @cached_property
    def index(self) -> ClassIndex:
        """ClassIndex: The images of each class."""
        return ClassIndex(self.dataset)

    @property
    def stream_length(self) -> int:
        """int: Length of the stream n, over all ranks."""
        return len(self.dataset) if self.num_samples is None else self.num_samples

    def stream(self, epoch: int) -> np.ndarray:
        """Return the dataset indices of one epoch over all ranks, int64[n]."""
        return self.draw(epoch, np.random.default_rng(hash_seed(SeedUse.CLASSES, self.seed, epoch)))

    @abstractmethod
    def draw(self, epoch: int, rng: np.random.Generator) -> np.ndarray:
        """Return the dataset indices of one epoch, int64[n], from the epoch's generator."""

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch that is drawn next; a hook of mmengine calls it."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[int]:
        padded = np.resize(self.stream(self.epoch), len(self) * self.world_size)
        return iter(padded[self.rank::self.world_size].tolist())

    def __len__(self) -> int:
        return -(-self.stream_length // self.world_size)


class ClassProbabilitySampler(ClassSampler):
    """Draws with replacement: first a class by its probability, then an image of it uniformly."""

    @abstractmethod
    def class_probabilities(self, epoch: int) -> np.ndarray:
        """Return the probability of each class that has images, in label order, float64[K]."""

    def draw(self, epoch: int, rng: np.random.Generator) -> np.ndarray:
        """Return the dataset indices of one epoch, int64[n], from the epoch's generator."""
        probabilities = self.class_probabilities(epoch)
        numbers = rng.choice(len(self.index), size=self.stream_length, p=probabilities)
        return self.index.dataset_indices(numbers, rng.integers(self.index.counts[numbers]))
