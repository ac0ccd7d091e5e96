"""Batches of a class-balanced and a uniform half."""

from typing import Any

import numpy as np
from mmengine.logging import print_log

from ltplug.ops.sampling import class_cycles, image_cycles
from ltplug.registry import DATA_SAMPLERS
from ltplug.utils import SeedUse, hash_seed

from .class_aware_sampler import check_block_size
from .class_index import ClassIndex
from .draw_batch_sampler import DrawBatchSampler
from .stream import stream_length, stream_of

BALANCED, UNIFORM = 'balanced', 'uniform'


@DATA_SAMPLERS.register_module()
class DualBranchBatchSampler(DrawBatchSampler):
    """Batches of S class-balanced and S uniform draws, each marked with its branch.

    Zhang et al., "To Balance or Not to Balance", 2019, Algorithm 1, lines 2-8. The balanced half
    has k = S / Z different classes with Z images each: classes from a shuffled cycle that goes on
    over the batches of an epoch, images from a shuffled cycle per class, which repeats none inside
    a batch unless the class has fewer than Z. Where there are fewer than S / Z classes the half
    has all of them with S / k images each (one more for some where k does not divide S), which
    the log says once. Classes without images are skipped. The uniform half follows the
    sampler: the dataset shuffled, unless the sampler is one of ltplug.

    S counts over all ranks: k and Z are those of the global batch, of which every rank gets an
    equal share of both halves. So two ranks draw what one process with twice the batch draws. An
    epoch has floor(N / S) batches, at least one.

    The marks are ``Draw.branch`` and reach the model as ``branch`` on the data sample; the
    training dataset must therefore be a ``DrawDataset``. In a config::

        train_dataloader = dict(
            batch_size=256,
            sampler=dict(type='DefaultSampler', shuffle=True),
            batch_sampler=dict(type='ltplug.DualBranchBatchSampler'))

    Args:
        sampler (Sampler, optional): Carries ``dataset``, ``seed`` and ``epoch``. Needed unless a
            dataset is given.
        batch_size (int): Samples per batch and rank, of both halves together.
        num_samples_per_class (int): Images per class Z. Defaults to 4.
        dataset (dataset, optional): Instead of a sampler.
        seed (int, optional): Together with ``dataset``; None draws one for all ranks.

    Raises:
        ValueError: If a batch has no two equal halves, Z does not divide a rank's half although
            there are enough classes, or the dataset cannot carry marks.
    """

    pure_epochs = True
    needs_marks = True

    def __init__(self,
                 sampler: Any = None,
                 batch_size: int = 2,
                 num_samples_per_class: int = 4,
                 dataset: Any = None,
                 seed: int | None = None) -> None:
        check_block_size(num_samples_per_class)
        if batch_size < 2 or batch_size % 2:
            raise ValueError('batch_size counts a balanced and a uniform half and must be even '
                             f'and at least 2, got {batch_size}.')
        self._half = batch_size // 2
        super().__init__(sampler, batch_size, dataset=dataset, seed=seed)
        self.index = ClassIndex(self.dataset)
        self._all_classes = self._global_half > len(self.index) * num_samples_per_class
        if self._all_classes:
            self.num_classes = len(self.index)
            self.num_samples_per_class = -(-self._global_half // self.num_classes)
            print_log(
                f'The balanced half of a batch has {self._global_half} images, more than '
                f'{num_samples_per_class} of each of the {self.num_classes} classes: it takes '
                f'{self._global_half / self.num_classes:.4g} of every class instead.',
                logger='current')
            return
        if self._half % num_samples_per_class:
            raise ValueError(
                'Half of batch_size must be a multiple of num_samples_per_class='
                f'{num_samples_per_class}, got batch_size={batch_size}.')
        self.num_classes = self._global_half // num_samples_per_class
        self.num_samples_per_class = num_samples_per_class

    @property
    def _global_half(self) -> int:
        return self._half * self.world_size

    def stream(self, epoch: int) -> np.ndarray:
        """Return the dataset indices of one epoch over all ranks, int64[n].

        Every global batch stands as a whole, its balanced before its uniform half.
        """
        shape = (len(self), self._global_half)
        uniform = np.resize(stream_of(self.sampler, epoch), shape)
        return np.stack([self._balanced(epoch), uniform], axis=1).ravel()

    def _balanced(self, epoch: int) -> np.ndarray:
        """Return the balanced halves of an epoch, int64[batches, S]."""
        rng = np.random.default_rng(hash_seed(SeedUse.BATCHES, self.sampler.seed, epoch))
        blocks = class_cycles(len(self.index), len(self) * self.num_classes, rng,
                              self.num_classes)
        images = image_cycles(self.index.counts, blocks, self.num_samples_per_class, rng,
                              distinct=True)
        drawn = self.index.dataset_indices(blocks[:, None], images)
        drawn = drawn.reshape(len(self), self.num_classes, self.num_samples_per_class)
        if self._all_classes:  # class after class, so that every share of it is balanced
            drawn = drawn.swapaxes(1, 2)
        return drawn.reshape(len(self), -1)[:, :self._global_half]

    def _rank_positions(self, batch: int, total: int) -> np.ndarray:
        """Return this rank's positions in the stream: its shares of both halves."""
        start = 2 * batch * self._global_half + self.rank * self._half
        share = np.arange(start, start + self._half)
        return np.concatenate([share, share + self._global_half])

    def _branches(self, size: int) -> list[str | None]:
        return [BALANCED] * self._half + [UNIFORM] * self._half

    def __len__(self) -> int:
        return max(stream_length(self.sampler) // self._global_half, 1)
