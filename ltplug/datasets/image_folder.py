"""A folder of images, one subfolder a class."""

import logging
import os
from typing import Any

from mmengine.logging import print_log
from mmpretrain.datasets import CustomDataset
from mmpretrain.datasets.custom import find_folders, get_samples

from ltplug.registry import DATASETS
from ltplug.utils import sought_in


@DATASETS.register_module()
class ImageFolderDataset(CustomDataset):
    """Images sorted into one subfolder a class, with labels that every split shares.

    Labels follow the sorted names of the subfolders, whatever those are ('3', '17', 'cat').
    mmpretrain's CustomDataset numbers the subfolders of each split for itself: if validation
    images lack a class, all labels after it are shifted. Here a subfolder gets its label by its
    name, and classes without a subfolder have no images.

    Args:
        data_root (str): Folder of the classes, or the one before ``data_prefix``.
        data_prefix (str): Folder of the classes below ``data_root``. Defaults to ''.
        classes_from (str, optional): Another folder of classes whose names are taken, usually that
            of the training images; ``data_root`` is not put before it. Defaults to the subfolders
            themselves, or ``classes``.
        **kwargs: Other arguments of :class:`mmpretrain.datasets.CustomDataset`, such as pipeline
            and classes (their order gives the labels).

    Raises:
        FileNotFoundError: If a folder is missing or has no images.
        ValueError: If a subfolder is none of the given classes.
    """

    def __init__(self,
                 data_root: str = '',
                 data_prefix: str = '',
                 classes_from: str | None = None,
                 **kwargs: Any) -> None:
        if classes_from is not None:
            if kwargs.get('classes') is not None:
                raise ValueError('Give either classes or classes_from, not both.')
            kwargs['classes'] = _subfolders(os.path.expanduser(classes_from))
        super().__init__(data_root=data_root, data_prefix=data_prefix, **kwargs)

    def _find_samples(self) -> list:
        if not self.with_label:
            return super()._find_samples()
        folders = _subfolders(self.img_prefix)
        names = list(self.CLASSES or folders)
        unknown = sorted(set(folders) - set(names))
        if unknown:
            raise ValueError(f'{self.img_prefix} has subfolders that are none of the '
                             f'{len(names)} classes: {", ".join(unknown[:5])}; remove them, or '
                             'name them as classes of the training images too.')
        self._metainfo['classes'] = tuple(names)
        # labels of folders, as in CustomDataset
        self.folder_to_idx = {name: label for label, name in enumerate(names) if name in folders}
        samples, empty = get_samples(self.img_prefix, self.folder_to_idx, self.is_valid_file)
        if not samples:
            raise FileNotFoundError(f'There is no image in the subfolders of {self.img_prefix}; '
                                    f'files must end in {", ".join(self.extensions)}.')
        absent = [name for name in names if name in empty or name not in folders]
        if absent:
            print_log(f'{self.img_prefix} has no image of {len(absent)} of {len(names)} classes: '
                      f'{", ".join(absent[:5])}{", ..." if len(absent) > 5 else ""}.',
                      logger='current', level=logging.WARNING)
        return samples


def _subfolders(path: str) -> list[str]:
    if not os.path.isdir(path):
        raise FileNotFoundError(f'There is no folder {path}{sought_in(path)}: it must have one '
                                'subfolder with images for each class.')
    names, _ = find_folders(path)
    if not names:
        raise FileNotFoundError(f'{path} has no subfolders; it must have one for each class.')
    return names
