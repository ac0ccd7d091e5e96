"""What samplers and batch samplers share: one epoch's stream of dataset indices."""

from typing import Any

import numpy as np
from mmengine.dataset import DefaultSampler

from ltplug.utils import SeedUse, hash_seed


class PureEpochs:
    """Base of samplers that may say that an epoch depends on (seed, epoch) and nothing else.

    Those that do say ``pure_epochs = True`` can be asked for an epoch before it begins, so that
    loading runs on into it (:class:`ltplug.ContinuousTrainLoop`). Every class says it for itself:
    what a subclass adds, such as weights that are set between epochs, may depend on more.
    """

    pure_epochs: bool = False

    def __init_subclass__(cls, **kwargs) -> None:
        super().__init_subclass__(**kwargs)
        cls.pure_epochs = vars(cls).get('pure_epochs', False)


def has_pure_stream(sampler: Any) -> bool:
    """Return whether :func:`stream_of` depends on (seed, epoch) and nothing else.

    Args:
        sampler (Sampler): One of ours, with a ``stream``, or mmengine's, which gives dataset and
            seed only.

    Returns:
        bool: Whether it does.
    """
    return not hasattr(sampler, 'stream') or getattr(sampler, 'pure_epochs', False)


def check_dataset(dataset: Any) -> None:
    """Refuse a dataset that cannot be drawn from.

    Args:
        dataset (dataset): The training dataset.

    Raises:
        ValueError: If it is empty or was cut short by ``num_batch_per_epoch``.
    """
    if type(dataset).__name__ == '_SlicedDataset':
        raise ValueError(
            'num_batch_per_epoch keeps the first samples of a dataset, often those of one '
            'class only: leave it out and make the dataset itself smaller, for example with '
            'max_count of LongTailSubset.')
    if len(dataset) == 0:
        raise ValueError('The training dataset is empty.')


def check_sampler(sampler: Any) -> None:
    """Refuse a sampler whose order :func:`stream_of` does not know.

    Args:
        sampler (Sampler): Of a training.

    Raises:
        ValueError: If it is neither one of ours nor mmengine's ``DefaultSampler``.
    """
    if not (hasattr(sampler, 'seed') and hasattr(sampler, 'epoch')):
        raise ValueError(f'{type(sampler).__name__} has no seed and epoch to draw by: use '
                         "sampler=dict(type='DefaultSampler', shuffle=True).")
    if not hasattr(sampler, 'stream') and not _is_default(sampler):
        raise ValueError(
            f'The batch samplers of ltplug would ignore the order of {type(sampler).__name__}: set '
            'train_dataloader.batch_sampler=None to draw by it, with batches and random '
            'augmentation as in mmengine; or use a sampler of ltplug, or '
            "dict(type='DefaultSampler', shuffle=True); or give it stream(epoch), the indices of "
            'all processes, and stream_length, as ltplug.datasets.ClassSampler has them.')


def _is_default(sampler: Any) -> bool:
    return type(sampler).__iter__ is DefaultSampler.__iter__


def stream_of(sampler: Any, epoch: int) -> np.ndarray:
    """Return the dataset indices of one epoch over all ranks.

    Args:
        sampler (Sampler): One of ours, with a ``stream``, or mmengine's ``DefaultSampler``, which
            gives dataset and seed and says whether to shuffle.
        epoch (int): Number of the epoch, from 0.

    Returns:
        np.ndarray: Dataset indices, int64[n].
    """
    if hasattr(sampler, 'stream'):
        return sampler.stream(epoch)
    if not sampler.shuffle:
        return np.arange(len(sampler.dataset))
    rng = np.random.default_rng(hash_seed(SeedUse.ORDER, sampler.seed, epoch))
    return rng.permutation(len(sampler.dataset))


def stream_length(sampler: Any) -> int:
    """Return the length of :func:`stream_of` without drawing."""
    return sampler.stream_length if hasattr(sampler, 'stream') else len(sampler.dataset)
