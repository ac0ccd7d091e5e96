"""The handwritten digits that come with scikit-learn."""

import cv2
import numpy as np
from mmpretrain.datasets import BaseDataset

from ltplug.registry import DATASETS


@DATASETS.register_module()
class Digits(BaseDataset):
    """1,797 handwritten digits that come with scikit-learn: no download, real images.

    Of each class the last 40 images in the order of the file are for testing, so the test set is
    balanced and, since the file goes from writer to writer, mostly by other hands. The other 134
    to 143 of a class are for training.

    Args:
        split (str): 'train' or 'test'. Defaults to 'train'.
        size (int): Side of the square images in pixels, 8 (as they are) to 32. Defaults to 16.
        test_mode (bool): As in mmpretrain's datasets. Defaults to False.
        **kwargs: Other arguments of :class:`mmpretrain.datasets.BaseDataset`, such as pipeline.

    Raises:
        ValueError: If the split is unknown or the size out of range.
    """

    METAINFO = {'classes': tuple('0123456789')}
    CHANNEL_ORDER = 'rgb'  # all channels are equal
    TEST_IMAGES_PER_CLASS = 40

    def __init__(self,
                 split: str = 'train',
                 size: int = 16,
                 test_mode: bool = False,
                 **kwargs) -> None:
        if split not in ('train', 'test'):
            raise ValueError(f"split must be 'train' or 'test', got {split!r}.")
        if not 8 <= size <= 32:
            raise ValueError(f'size must lie between 8 and 32 pixels, got {size}.')
        self.split = split
        self.size = size
        super().__init__(ann_file='', test_mode=test_mode, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Return one dict per image: ``img`` uint8[size, size, 3] and ``gt_label`` int."""
        from sklearn.datasets import load_digits  # only this dataset needs it

        images, labels = load_digits(return_X_y=True)
        images = np.rint(images.reshape(-1, 8, 8) * (255 / 16)).astype(np.uint8)
        kept = np.sort(np.concatenate([self._positions(labels == c) for c in range(10)]))
        return [{'img': self._prepare(images[i]), 'gt_label': int(labels[i])} for i in kept]

    def _positions(self, mask: np.ndarray) -> np.ndarray:
        positions = np.flatnonzero(mask)
        cut = len(positions) - self.TEST_IMAGES_PER_CLASS
        return positions[:cut] if self.split == 'train' else positions[cut:]

    def _prepare(self, image: np.ndarray) -> np.ndarray:
        if self.size != image.shape[0]:
            image = cv2.resize(image, (self.size, self.size), interpolation=cv2.INTER_LINEAR)
        return np.repeat(image[..., None], 3, axis=2)

    def extra_repr(self) -> list[str]:
        """Return the lines that describe the dataset."""
        return [f'Split: \t{self.split}', f'Image size: \t{self.size}']
