"""The batch sampler that cuts a stream into batches, base of all batch samplers of ltplug."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from mmengine.dataset import DefaultSampler
from mmengine.dist import get_dist_info
from torch.utils.data import Sampler

from ltplug.datasets.draw import Draw
from ltplug.registry import DATA_SAMPLERS
from ltplug.utils import SeedUse, hash_seeds

from .stream import (
    PureEpochs,
    check_dataset,
    check_sampler,
    has_pure_stream,
    stream_length,
    stream_of,
)


@DATA_SAMPLERS.register_module()
class DrawBatchSampler(PureEpochs, Sampler):
    """Batches of draws.

    An epoch is one global stream of draws, a pure function of (seed, epoch): that of the sampler
    if it is one of ltplug; of mmengine's ``DefaultSampler`` the dataset, shuffled unless it has
    ``shuffle=False``. A global batch of
    ``world_size * batch_size`` consecutive draws is cut into one consecutive share per rank, so
    two ranks with half the batch see what one process sees. The last batch, when short, is shared
    as evenly as it goes (sizes differ by one; losses of ltplug average their normaliser over
    ranks); only a last batch with fewer draws than ranks repeats the epoch's first draws.

    Over a :class:`ltplug.datasets.DrawDataset` it yields :class:`ltplug.datasets.Draw`, whose seed
    is a hash of (seed, epoch, position): augmentation does not depend on workers and needs no
    state to resume. Over any other dataset it yields plain indices.

    In a config it stands beside a sampler, which carries dataset, seed and epoch::

        train_dataloader = dict(
            sampler=dict(type='DefaultSampler', shuffle=True),
            batch_sampler=dict(type='ltplug.DrawBatchSampler'))

    Args:
        sampler (Sampler, optional): One of ltplug, or mmengine's ``DefaultSampler``. Needed unless
            a dataset is given.
        batch_size (int): Samples per batch and rank.
        drop_last (bool): Whether to leave out a short last batch. Defaults to False.
        dataset (dataset, optional): Instead of a sampler.
        seed (int, optional): Together with ``dataset``; None draws one for all ranks.

    Raises:
        ValueError: If the order of the sampler would be ignored, or no batch can be formed.
    """

    pure_epochs = True
    needs_marks = False
    """Whether the method breaks without the marks of a DrawDataset (set by subclasses)."""

    def __init__(self,
                 sampler: Any = None,
                 batch_size: int = 1,
                 drop_last: bool = False,
                 dataset: Any = None,
                 seed: int | None = None) -> None:
        if (sampler is None) == (dataset is None):
            raise ValueError(f'{type(self).__name__} takes a sampler or a dataset, one of the two.')
        if batch_size < 1:
            raise ValueError(f'batch_size must be positive, got {batch_size}.')
        if sampler is None:
            sampler = DefaultSampler(dataset, shuffle=True, seed=seed)
        check_sampler(sampler)
        self.sampler = sampler  # mmengine calls set_epoch on it, never on a batch sampler
        self.dataset = sampler.dataset
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.rank, self.world_size = get_dist_info()
        self.marks = getattr(self.dataset, 'accepts_draws', False)
        check_dataset(self.dataset)
        if len(self) == 0:
            raise ValueError(
                f'drop_last leaves no batch: {stream_length(self.sampler)} samples do not fill '
                f'one of {batch_size} on each of {self.world_size} ranks; lower batch_size.')
        if self.needs_marks and not self.marks:
            raise ValueError(
                f'{type(self).__name__} marks its samples, which {type(self.dataset).__name__} '
                'cannot carry: wrap the training dataset as dict(type="ltplug.DrawDataset", '
                'dataset=...).')

    def stream(self, epoch: int) -> np.ndarray:
        """Return the dataset indices of one epoch over all ranks, int64[n]."""
        return stream_of(self.sampler, epoch)

    @property
    def runs_ahead(self) -> bool:
        """bool: Whether epochs may be drawn before they begin."""
        return self.pure_epochs and has_pure_stream(self.sampler)

    def __iter__(self) -> Iterator[list]:
        return self.batches(self.sampler.epoch)

    def batches(self, epoch: int) -> Iterator[list]:
        """Yield the batches of an epoch, whatever epoch the sampler is in.

        Args:
            epoch (int): Number of the epoch, from 0.

        Yields:
            list: The draws of this rank, or its indices.
        """
        indices = self.stream(epoch)
        keys = (SeedUse.AUGMENTATION, self.sampler.seed, epoch)
        seeds = hash_seeds(keys, np.arange(len(indices)))
        for batch in range(len(self)):
            positions = self._rank_positions(batch, len(indices))
            if self.marks:
                yield [self.draw(int(indices[p]), int(seeds[p]), branch) for p, branch in
                       zip(positions, self._branches(len(positions)), strict=True)]
            else:
                yield [int(indices[p]) for p in positions]

    def draw(self, index: int, seed: int, branch: str | None = None) -> Draw:
        """Return the draw of a sample; samplers that mark more override it.

        Args:
            index (int): Position in the dataset.
            seed (int): Of its augmentation.
            branch (str, optional): The part of the batch it belongs to.

        Returns:
            Draw: The draw.
        """
        return Draw(index, seed, branch)

    def _branches(self, size: int) -> list[str | None]:
        """Return the branch of each draw of this rank's part of a batch."""
        return [None] * size

    def _rank_positions(self, batch: int, total: int) -> np.ndarray:
        """Return this rank's positions in the stream for one global batch."""
        size = self.batch_size * self.world_size
        positions = np.arange(batch * size, min((batch + 1) * size, total))
        if len(positions) < self.world_size:
            positions = np.resize(np.append(positions, np.arange(total)), self.world_size)
        return np.array_split(positions, self.world_size)[self.rank]

    def __len__(self) -> int:
        size = self.batch_size * self.world_size
        length = stream_length(self.sampler)
        return length // size if self.drop_last else -(-length // size)
