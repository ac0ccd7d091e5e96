"""Tiny-ImageNet-200."""

import os
import shutil
import tempfile
import zipfile
from pathlib import Path

from mmengine.logging import print_log
from mmpretrain.datasets import BaseDataset

from ltplug.registry import DATASETS

from .download import DownloadError, download, on_first_process


@DATASETS.register_module()
class TinyImageNet(BaseDataset):
    """Tiny-ImageNet: 200 classes of ImageNet in 64x64 pixels, 500 images each for training.

    The test images have no public labels, so the 10,000 validation images serve as the test set.
    Labels follow the sorted WordNet ids, which are the names of the classes.

    Args:
        data_root (str): Folder of ``tiny-imagenet-200``, with ``train/<wnid>/images`` and
            ``val/val_annotations.txt`` in it. Defaults to 'data/tiny_imagenet'.
        split (str): 'train' or 'val'. Defaults to 'train'.
        download (bool): Whether to fetch and unpack the archive (237 MB) where the folder is
            missing. Defaults to True.
        test_mode (bool): As in mmpretrain's datasets. Defaults to False.
        **kwargs: Other arguments of :class:`mmpretrain.datasets.BaseDataset`, such as pipeline.

    Raises:
        ValueError: If the split is unknown.
        FileNotFoundError: If files are missing and must not be fetched.
        DownloadError: If they cannot be fetched.
    """

    IMAGE_SIZE = 64
    URL = 'http://cs231n.stanford.edu/tiny-imagenet-200.zip'
    MD5 = '90528d7ca1a48142e341f4ef8d21d0de'
    FOLDER = 'tiny-imagenet-200'

    def __init__(self,
                 data_root: str = 'data/tiny_imagenet',
                 split: str = 'train',
                 download: bool = True,
                 test_mode: bool = False,
                 **kwargs) -> None:
        if split not in ('train', 'val'):
            raise ValueError("split must be 'train' or 'val' (the test images have no public "
                             f'labels), got {split!r}.')
        self.split = split
        self.download = download
        super().__init__(ann_file='', data_root=data_root, test_mode=test_mode, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Return one dict per image: ``img_path`` str and ``gt_label`` int."""
        root = Path(self.data_root).expanduser()
        folder = root / self.FOLDER
        if self.download and not folder.is_dir():
            archive = download(self.URL, root / f'{self.FOLDER}.zip', self.MD5)
            on_first_process(lambda: _unpack(archive, self.FOLDER))
        try:
            wnids = sorted((folder / 'wnids.txt').read_text().split())
            samples = _train(folder, wnids) if self.split == 'train' else _val(folder, wnids)
        except (KeyError, OSError, ValueError) as error:
            raise FileNotFoundError(
                f'{folder} is not complete ({error}): fetch {self.URL} and unpack it in {root}.'
            ) from None
        self._metainfo.setdefault('classes', tuple(wnids))
        return [{'img_path': path, 'gt_label': label} for path, label in samples]

    def extra_repr(self) -> list[str]:
        """Return the lines that describe the dataset."""
        return [f'Split: \t{self.split}', f'Folder: \t{self.data_root}']


def _train(folder: Path, wnids: list[str]) -> list[tuple[str, int]]:
    folders = [os.path.join(folder, 'train', wnid, 'images') for wnid in wnids]
    return [(os.path.join(images, name), label) for label, images in enumerate(folders)
            for name in sorted(os.listdir(images)) if name.endswith('.JPEG')]


def _val(folder: Path, wnids: list[str]) -> list[tuple[str, int]]:
    labels = {wnid: label for label, wnid in enumerate(wnids)}
    # <name>, <wnid> and a box, separated by tabs
    lines = (folder / 'val/val_annotations.txt').read_text().splitlines()
    rows = [line.split('\t') for line in lines if line]
    return [(os.path.join(folder, 'val', 'images', row[0]), labels[row[1]]) for row in rows]


def _unpack(archive: Path, name: str) -> None:
    """Unpack a folder of an archive beside it, so that its name always stands for a whole one."""
    if (archive.parent / name).is_dir():
        return
    print_log(f'Unpacking {archive}', logger='current')
    temporary = tempfile.mkdtemp(prefix=f'{name}.', dir=archive.parent)
    try:
        with zipfile.ZipFile(archive) as file:
            file.extractall(temporary)
        os.replace(os.path.join(temporary, name), archive.parent / name)
    except (OSError, zipfile.BadZipFile) as error:
        raise DownloadError(f'{archive} cannot be unpacked ({error}): delete it, and it is fetched '
                            'again.') from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
