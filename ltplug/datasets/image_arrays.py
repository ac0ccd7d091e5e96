"""Images in one file of arrays."""

from typing import Any

import numpy as np
from mmpretrain.datasets import BaseDataset

from ltplug.registry import DATASETS

from .numpy_pickle import load_arrays


@DATASETS.register_module()
class ImageArrayDataset(BaseDataset):
    """Images that are one array of a file, with labels or without.

    Made for pools without labels, such as the 500,000 images of 80 Million Tiny Images that semi-
    supervised learning on CIFAR-10 uses: a pickled dict with ``data`` and
    ``extrapolated_targets``, labels that a model has given. A .npz file with the same names does
    as well. A pickle may hold arrays and numbers only; one that asks for more is not read.

    Args:
        ann_file (str): The file; relative paths start from ``data_root``.
        data_root (str): Folder of the file. Defaults to ''.
        image_key (str): Name of the images, RGB, uint8 [N, H, W, 3]. Defaults to 'data'.
        label_key (str, optional): Name of the labels, integers [N]; None for images without.
            Defaults to 'extrapolated_targets'.
        test_mode (bool): As in mmpretrain's datasets. Defaults to False.
        **kwargs: Other arguments of :class:`mmpretrain.datasets.BaseDataset`, such as pipeline
            and metainfo.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is damaged or hostile, or its arrays are not as they should be.
    """

    CHANNEL_ORDER = 'rgb'

    def __init__(self,
                 ann_file: str,
                 data_root: str = '',
                 image_key: str = 'data',
                 label_key: str | None = 'extrapolated_targets',
                 test_mode: bool = False,
                 **kwargs) -> None:
        self.image_key = image_key
        self.label_key = label_key
        super().__init__(ann_file=ann_file, data_root=data_root, test_mode=test_mode, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Return one dict per image: ``img`` uint8[H, W, 3] and, with labels, ``gt_label`` int."""
        arrays = load_arrays(self.ann_file)
        images = self._array(arrays, self.image_key)
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3:
            raise ValueError(f'{self.image_key!r} of {self.ann_file} must be images uint8 [N, H, '
                             f'W, 3], got {images.dtype}{list(images.shape)}.')
        if self.label_key is None:
            return [{'img': image} for image in images]
        labels = self._array(arrays, self.label_key)
        if labels.shape != (len(images), ) or labels.dtype.kind not in 'iu':
            raise ValueError(f'{self.label_key!r} of {self.ann_file} must be one integer for each '
                             f'of {len(images)} images, got {labels.dtype}{list(labels.shape)}; '
                             'label_key=None leaves labels out.')
        return [{'img': image, 'gt_label': int(label)}
                for image, label in zip(images, labels, strict=True)]

    def _array(self, arrays: dict[str, Any], key: str) -> np.ndarray:
        if key not in arrays:
            raise ValueError(f'{self.ann_file} has no {key!r}, only {", ".join(sorted(arrays))}: '
                             'set image_key and label_key.')
        return np.asarray(arrays[key])

    def extra_repr(self) -> list[str]:
        """Return the lines that describe the dataset."""
        return [f'File: \t{self.ann_file}']
