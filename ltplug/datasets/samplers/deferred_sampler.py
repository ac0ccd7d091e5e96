"""A switch of samplers in the course of training."""

from typing import Any

import numpy as np

from ltplug.registry import DATA_SAMPLERS

from .class_sampler import ClassSampler
from .stream import check_sampler, has_pure_stream, stream_length, stream_of


@DATA_SAMPLERS.register_module()
class DeferredSampler(ClassSampler):
    """One sampler until an epoch, another from then on: deferred re-sampling (DRS).

    As deferred re-weighting (Cao et al., "Learning Imbalanced Datasets with Label-Distribution-
    Aware Margin Loss", 2019, section 3.3), with class-balanced sampling in place of the weights::

        sampler=dict(
            _delete_=True,
            type='ltplug.DeferredSampler',
            first=dict(type='DefaultSampler', shuffle=True),
            second=dict(type='ltplug.WeightedClassSampler', power=0),
            begin_epoch=160)

    Args:
        dataset (dataset): The training dataset.
        first (dict): Sampler of the first epochs, of ltplug or mmengine's ``DefaultSampler``.
        second (dict): Sampler of the later epochs.
        begin_epoch (int): First epoch of the second sampler, counted from 0.
        seed (int, optional): Of both samplers, the same on all ranks; None draws one for all.

    Raises:
        ValueError: If begin_epoch is negative, epochs of the two samplers differ in length, or the
            order of one of them would be ignored.
    """

    def __init__(self, dataset: Any, first: dict, second: dict, begin_epoch: int,
                 seed: int | None = None) -> None:
        if begin_epoch < 0:
            raise ValueError(f'begin_epoch must not be negative, got {begin_epoch}.')
        super().__init__(dataset, seed=seed)
        self.begin_epoch = begin_epoch
        self.first, self.second = (
            DATA_SAMPLERS.build(sampler, default_args=dict(dataset=dataset, seed=self.seed))
            for sampler in (first, second))
        for sampler in (self.first, self.second):
            check_sampler(sampler)
        lengths = stream_length(self.first), stream_length(self.second)
        if lengths[0] != lengths[1]:
            raise ValueError('Every epoch must draw as many images, but those of first draw '
                             f'{lengths[0]} and those of second {lengths[1]}: give both the same '
                             'num_samples.')
        self.num_samples = lengths[0]

    @property
    def pure_epochs(self) -> bool:
        """bool: Whether epochs of both samplers depend on (seed, epoch) and nothing else."""
        return has_pure_stream(self.first) and has_pure_stream(self.second)

    def stream(self, epoch: int) -> np.ndarray:
        """Return the dataset indices of one epoch over all ranks, int64[n]."""
        sampler = self.first if epoch < self.begin_epoch else self.second
        sampler.seed = self.seed  # a resumed run sets it on this sampler alone
        return stream_of(sampler, epoch)
