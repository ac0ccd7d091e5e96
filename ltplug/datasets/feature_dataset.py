"""A dataset that gives features instead of images once they are known."""

from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np
import torch
from mmpretrain.structures import DataSample

from ltplug.registry import DATASETS

from .draw import Draw, DrawDataset


@DATASETS.register_module()
class FeatureDataset(DrawDataset):
    """The training data of a probe, as images at first and as features later.

    Like :class:`DrawDataset` until :meth:`set_features`, which ``FeatureCacheHook`` calls when the
    features of a frozen backbone never change. From then on no image is read: an item is a row of
    the feature file, and its data sample holds label, ``dataset_index`` and ``branch``.

    In a config around the dataset of a base::

        train_dataloader = dict(
            dataset=dict(_delete_=True, type='ltplug.FeatureDataset',
                         dataset={{_base_.train_dataloader.dataset}}))

    Args:
        dataset (dict or dataset): The images; wrappers such as LongTailSubset are fine.
        lazy_init (bool): Whether to leave the wrapped dataset unread for now. Defaults to False.
    """

    def __init__(self, dataset: Any, lazy_init: bool = False) -> None:
        self._features: np.ndarray | None = None
        super().__init__(dataset, lazy_init=lazy_init)

    def set_features(self, path: str | PathLike) -> None:
        """Give features instead of images from now on.

        Args:
            path (str or PathLike): A .npy file, float32[N, D], rows in the order of the dataset.

        Raises:
            ValueError: If the file has another shape or type.
        """
        features = np.load(path, mmap_mode='r')
        if features.ndim != 2 or len(features) != len(self) or features.dtype != np.float32:
            raise ValueError(f'{path} holds {features.dtype}{list(features.shape)} instead of one '
                             f'float32 row for each of the {len(self)} images: delete it.')
        self._labels = torch.from_numpy(self.get_gt_labels()).split(1)
        self._features = features

    def __getitem__(self, item: int | Draw) -> dict:
        if self._features is None:
            return super().__getitem__(item)
        return self.__getitems__([item])[0]

    def __getitems__(self, items: Sequence[int | Draw]) -> list[dict]:
        """Return the items of a whole batch; torch's DataLoader prefers this to one by one."""
        if self._features is None:
            return [super(FeatureDataset, self).__getitem__(item) for item in items]
        draws = [item if isinstance(item, Draw) else Draw(int(item)) for item in items]
        rows = torch.from_numpy(self._features[[draw.index for draw in draws]])
        return [{'inputs': row, 'data_samples': self._data_sample(draw)}
                for row, draw in zip(rows.unbind(), draws, strict=True)]

    def _data_sample(self, draw: Draw) -> DataSample:
        sample = DataSample(metainfo={'dataset_index': draw.index, 'branch': draw.branch})
        sample.set_field(self._labels[draw.index], 'gt_label')
        return sample
