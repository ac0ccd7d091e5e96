"""Class-balanced batches."""

from typing import Any

import numpy as np

from ltplug.ops.sampling import class_cycles, image_cycles
from ltplug.registry import DATA_SAMPLERS
from ltplug.utils import SeedUse, hash_seed

from .class_aware_sampler import check_block_size
from .class_index import ClassIndex
from .draw_batch_sampler import DrawBatchSampler


@DATA_SAMPLERS.register_module()
class ClassBalancedBatchSampler(DrawBatchSampler):
    """Batches of k = S / Z different classes with Z images each.

    Zhang et al., "To Balance or Not to Balance", 2019, Algorithm 1, lines 2-7. Classes are drawn
    from a shuffled cycle that goes on over the batches of an epoch, so that all are drawn equally
    often; images from a shuffled cycle per class, which repeats none inside a batch unless the
    class has fewer than Z. Classes without images are skipped.

    The global stream is cut into one part of S per rank, a whole number of classes each. No class
    occurs twice in a rank's part, nor in the global batch where there are enough classes; then
    two ranks draw what one process with twice the batch draws. An epoch has floor(N / global
    batch) batches, at least one.

    In a config::

        train_dataloader = dict(
            batch_size=128,
            sampler=dict(type='DefaultSampler', shuffle=True),
            batch_sampler=dict(type='ltplug.ClassBalancedBatchSampler'))

    Args:
        sampler (Sampler, optional): Carries ``dataset``, ``seed`` and ``epoch``. Needed unless a
            dataset is given.
        batch_size (int): Samples per batch and rank S.
        num_samples_per_class (int): Images per class Z. Defaults to 4.
        straddle (bool): Whether cycles go on over the borders of batches as in OLTR (Liu et al.
            2019): a class, or an image, can then occur twice in a batch. Defaults to False.
        dataset (dataset, optional): Instead of a sampler.
        seed (int, optional): Together with ``dataset``; None draws one for all ranks.

    Raises:
        ValueError: If Z does not divide S, or the dataset has fewer than k classes.
    """

    pure_epochs = True

    def __init__(self,
                 sampler: Any = None,
                 batch_size: int = 1,
                 num_samples_per_class: int = 4,
                 straddle: bool = False,
                 dataset: Any = None,
                 seed: int | None = None) -> None:
        check_block_size(num_samples_per_class)
        if hasattr(sampler, 'stream') or getattr(sampler, 'shuffle', True) is False:
            raise ValueError(
                f'{type(self).__name__} draws its batches itself and would ignore the order of '
                f"{type(sampler).__name__}: use sampler=dict(type='DefaultSampler', "
                'shuffle=True).')
        super().__init__(sampler, batch_size, dataset=dataset, seed=seed)
        if batch_size % num_samples_per_class:
            raise ValueError(
                f'batch_size must be a multiple of num_samples_per_class={num_samples_per_class}, '
                f'got {batch_size}.')
        self.num_samples_per_class = num_samples_per_class
        self.straddle = straddle
        self.index = ClassIndex(self.dataset)
        classes = batch_size // num_samples_per_class
        if classes > len(self.index) and not straddle:
            raise ValueError(
                f'A batch of {batch_size} with {num_samples_per_class} images per class needs '
                f'{classes} classes, but {len(self.index)} have images: lower batch_size, raise '
                'num_samples_per_class, or let classes repeat with straddle=True.')

    def _window(self) -> int:
        """Return how many consecutive blocks have different classes."""
        if self.straddle:
            return 1
        in_part = self.batch_size // self.num_samples_per_class
        in_global_batch = in_part * self.world_size
        return in_global_batch if in_global_batch <= len(self.index) else in_part

    def stream(self, epoch: int) -> np.ndarray:
        """Return the dataset indices of one epoch over all ranks, int64[n]."""
        rng = np.random.default_rng(hash_seed(SeedUse.BATCHES, self.sampler.seed, epoch))
        total = len(self) * self.batch_size * self.world_size
        blocks = class_cycles(len(self.index), total // self.num_samples_per_class, rng,
                              self._window())
        images = image_cycles(self.index.counts, blocks, self.num_samples_per_class, rng,
                              distinct=not self.straddle)
        return self.index.dataset_indices(blocks[:, None], images).ravel()

    def __len__(self) -> int:
        return max(len(self.dataset) // (self.batch_size * self.world_size), 1)
