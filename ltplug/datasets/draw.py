"""Draws: what a batch sampler asks of a dataset, and the wrapper that answers."""

from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import Any, NamedTuple

import numpy as np

from ltplug.registry import DATASETS
from ltplug.utils import seed_everything

from .broken_images import name_broken_images
from .labels import gt_labels


class Draw(NamedTuple):
    """One sample of an epoch.

    Attributes:
        index (int): Position in the training dataset.
        seed (int, optional): Seed of the sample's augmentation; None leaves the random streams
            alone.
        branch (str, optional): The part of a batch the sample belongs to, such as 'balanced'.
        strength (float, optional): How strongly it is to be augmented, in [0, 1], where the
            pipeline asks (:func:`current_draw`).
    """

    index: int
    seed: int | None = None
    branch: str | None = None
    strength: float | None = None


_CURRENT: ContextVar[Draw | None] = ContextVar('draw', default=None)


def current_draw() -> Draw | None:
    """Return the draw that is being fetched, for transforms that depend on it.

    Returns:
        Draw or None: The draw; None outside of a :class:`DrawDataset` that was asked for one.
    """
    return _CURRENT.get()


@DATASETS.register_module()
class DrawDataset:
    """A dataset that takes draws.

    Wraps any dataset whose pipeline ends with ``PackInputs``. An item is fetched by an int or by a
    :class:`Draw`; a draw seeds ``random``, numpy and torch before the pipeline runs, so that a
    sample looks the same whichever worker loads it. Position and branch are written on the data
    sample as ``dataset_index`` and ``branch``.

    A broken image raises, and its file is named: mmengine would silently return another one.

    Args:
        dataset (dict or dataset): The dataset to wrap.
        lazy_init (bool): Whether to leave the wrapped dataset unread for now. Defaults to False.
    """

    accepts_draws = True

    def __init__(self, dataset: Any, lazy_init: bool = False) -> None:
        self.dataset = DATASETS.build(dataset) if isinstance(dataset, dict) else dataset
        self._fully_initialized = False
        if not lazy_init:
            self.full_init()

    def full_init(self) -> None:
        """Read the wrapped dataset."""
        if self._fully_initialized:
            return
        if hasattr(self.dataset, 'full_init'):
            self.dataset.full_init()
        for leaf in leaf_datasets(self.dataset):
            if hasattr(leaf, 'max_refetch'):
                leaf.max_refetch = 0
            name_broken_images(leaf)
        self._fully_initialized = True

    @property
    def metainfo(self) -> dict:
        """dict: The wrapped dataset's meta information."""
        return getattr(self.dataset, 'metainfo', {})

    @property
    def CLASSES(self) -> Sequence[str] | None:
        """tuple[str], optional: Names of the classes."""
        return self.metainfo.get('classes')

    def inner_index(self, index: int) -> int:
        """Return the position in the wrapped dataset of a position in this one."""
        return index

    def __len__(self) -> int:
        self.full_init()
        return len(self.dataset)

    def __getitem__(self, item: int | Draw) -> dict:
        self.full_init()
        draw = item if isinstance(item, Draw) else Draw(int(item))
        if draw.seed is not None:
            seed_everything(draw.seed, devices=False)
        token = _CURRENT.set(item if isinstance(item, Draw) else current_draw())
        try:
            results = self.dataset[self.inner_index(draw.index)]
        finally:
            _CURRENT.reset(token)
        if isinstance(results, dict) and 'data_samples' in results:
            results['data_samples'].set_metainfo(
                {'dataset_index': draw.index, 'branch': draw.branch})
        elif isinstance(item, Draw):
            raise TypeError(f'{type(self.dataset).__name__} must give a dict with data_samples to '
                            "carry the marks of a draw: end its pipeline with dict(type="
                            "'PackInputs').")
        return results

    def get_data_info(self, index: int) -> dict:
        """Return the annotation at a position."""
        self.full_init()
        return self.dataset.get_data_info(self.inner_index(index))

    def get_cat_ids(self, index: int) -> list[int]:
        """Return the label at a position, in a list."""
        self.full_init()
        return self.dataset.get_cat_ids(self.inner_index(index))

    def get_gt_labels(self) -> np.ndarray:
        """Return all labels, int64[N]."""
        self.full_init()
        return gt_labels(self.dataset)

    def __repr__(self) -> str:
        inner = repr(self.dataset).replace('\n', '\n    ')
        return f'{type(self).__name__}: {len(self)} samples\n    {inner}'


def leaf_datasets(dataset: Any) -> Iterator[Any]:
    """Yield the datasets that load images, below any wrappers.

    Args:
        dataset (dataset): Any dataset or wrapper.

    Yields:
        dataset: A dataset with a pipeline of its own.
    """
    inner = getattr(dataset, 'datasets', None) or [getattr(dataset, 'dataset', None)]
    if inner == [None]:
        yield dataset
        return
    for child in inner:
        yield from leaf_datasets(child)
