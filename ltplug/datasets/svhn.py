"""Street View House Numbers, cropped digits."""

import os

import numpy as np
from mmpretrain.datasets import BaseDataset

from ltplug.registry import DATASETS

from .download import download


@DATASETS.register_module()
class SVHN(BaseDataset):
    """House numbers in 32x32 colour images (RGB), one digit each (Netzer et al. 2011).

    73,257 images for training, 26,032 for testing and 531,131 easier extra ones. The digit 0, which
    the files label 10, has label 0. SVHN-LT of the literature goes from the digit 1 to 9 and ends
    with 0: ``LongTailSubset(max_count=1000, class_order=[1, 2, 3, 4, 5, 6, 7, 8, 9, 0])``.

    Args:
        data_root (str): Folder of ``train_32x32.mat`` etc. Defaults to 'data/svhn'.
        split (str): 'train', 'test' or 'extra'. Defaults to 'train'.
        download (bool): Whether to fetch a file that is not there. Defaults to True.
        test_mode (bool): As in mmpretrain's datasets. Defaults to False.
        **kwargs: Other arguments of :class:`mmpretrain.datasets.BaseDataset`, such as pipeline.

    Raises:
        ValueError: If the split is unknown or a file is not in the official format.
        FileNotFoundError: If a file is missing and must not be fetched.
        DownloadError: If it cannot be fetched.
    """

    METAINFO = {'classes': tuple('0123456789')}
    CHANNEL_ORDER = 'rgb'
    IMAGE_SIZE = 32
    URL = 'http://ufldl.stanford.edu/housenumbers/'
    MD5 = {
        'train': 'e26dedcc434d2e4c54c9b2d4a06d8373',
        'test': 'eb5a983be6a315427106f1b164d9cef3',
        'extra': 'a93ce644f1a588dc4d68dda5feec44a7',
    }

    def __init__(self,
                 data_root: str = 'data/svhn',
                 split: str = 'train',
                 download: bool = True,
                 test_mode: bool = False,
                 **kwargs) -> None:
        if split not in self.MD5:
            raise ValueError(f"split must be 'train', 'test' or 'extra', got {split!r}.")
        self.split = split
        self.download = download
        super().__init__(ann_file='', data_root=data_root, test_mode=test_mode, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Return one dict per image: ``img`` uint8[32, 32, 3] and ``gt_label`` int."""
        from scipy.io import loadmat  # only this dataset needs it

        name = f'{self.split}_32x32.mat'
        path = os.path.join(os.path.expanduser(self.data_root), name)
        if self.download:
            download(self.URL + name, path, self.MD5[self.split])
        elif not os.path.isfile(path):
            raise FileNotFoundError(f'There is no {path}: fetch {self.URL}{name} and put it there, '
                                    'or set download=True.')
        try:
            content = loadmat(path, variable_names=('X', 'y'))
            images = np.ascontiguousarray(content['X'].transpose(3, 0, 1, 2))
            labels = content['y'].reshape(-1).astype(np.int64) % 10
        except Exception as error:  # a damaged file can raise anything in scipy
            raise ValueError(f'{path} is not a file of SVHN with X and y ({error}): fetch '
                             f'{self.URL}{name}.') from None
        return [{'img': image, 'gt_label': int(label)}
                for image, label in zip(images, labels, strict=True)]

    def extra_repr(self) -> list[str]:
        """Return the lines that describe the dataset."""
        return [f'Split: \t{self.split}', f'Folder: \t{self.data_root}']
