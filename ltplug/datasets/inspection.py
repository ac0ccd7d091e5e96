"""What a data set is like before anybody trains on it: class sizes, broken and double images."""

import hashlib
import json
import multiprocessing
import os
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config

from ltplug.registry import DATASETS
from ltplug.utils import track

from .broken_images import examine_file
from .csv_dataset import CsvDataset
from .image_folder import ImageFolderDataset
from .image_list import ImageListDataset
from .inaturalist import INaturalist2018
from .labels import class_counts, distinct_images, gt_labels

_CHUNK = 128


@dataclass
class Inspection:
    """The findings of :func:`inspect_dataset`.

    Attributes:
        class_counts (np.ndarray): Images by label, int64[C].
        class_names (list[str]): Names by label, [C].
        unreadable (dict[str, str]): What is wrong, by path.
        duplicates (list[list[str]]): Groups of images with equal content.
        conflicts (int): How many of those groups have several labels.
        checked (bool): Whether the images were read at all.
    """

    class_counts: np.ndarray
    class_names: list[str]
    unreadable: dict[str, str] = field(default_factory=dict)
    duplicates: list[list[str]] = field(default_factory=list)
    conflicts: int = 0
    checked: bool = True

    @property
    def imbalance_ratio(self) -> float:
        """float: Largest over smallest class, without empty ones."""
        present = self.class_counts[self.class_counts > 0]
        return float(present.max() / present.min())

    def save(self, path: str | os.PathLike) -> None:
        """Write everything to a JSON file."""
        content = dict(
            class_counts=dict(zip(self.class_names, self.class_counts.tolist(), strict=True)),
            imbalance_ratio=self.imbalance_ratio, images_checked=self.checked,
            unreadable=self.unreadable, duplicates=self.duplicates)
        Path(path).write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding='utf-8')


def open_source(source: str, images: str | None = None) -> Any:
    """Return the dataset that a folder, a list, a table or a config stands for.

    Args:
        source (str): A folder with one subfolder a class, a list file, a .csv file, an annotation
            file of iNaturalist 2018 (.json) or a config (.py), whose training data are taken.
        images (str, optional): Folder that the paths of a list or a table start from. Defaults to
            the folder of the list.

    Returns:
        dataset: Without transforms, where it is not of a config.

    Raises:
        FileNotFoundError: If there is no such folder or file.
        ValueError: If the source is none of these.
    """
    path = Path(source).expanduser()
    if path.is_dir():
        return ImageFolderDataset(data_root=str(path))
    if not path.is_file():
        raise FileNotFoundError(f'There is no folder or file {source}.')
    if path.suffix == '.py':
        config = Config.fromfile(path)
        if 'train_dataloader' not in config:
            raise ValueError(f'{source} has no train_dataloader to inspect.')
        return DATASETS.build(config.train_dataloader.dataset)
    kinds = {'.csv': CsvDataset, '.json': INaturalist2018}
    images = Path(images or path.parent).expanduser()
    if not images.is_dir():
        raise FileNotFoundError(f'There is no folder {images}, which the paths of {source} start '
                                'from.')
    try:
        return kinds.get(path.suffix, ImageListDataset)(ann_file=str(path.absolute()),
                                                        data_root=str(images))
    except FileNotFoundError as error:
        raise FileNotFoundError(f'{error} For tools/data/inspect.py, --images is that folder.'
                                ) from None


def inspect_dataset(dataset: Any, workers: int | None = None, check: bool = True) -> Inspection:
    """Count the classes of a dataset, and read all its images.

    Args:
        dataset (dataset): Any dataset that :func:`ltplug.datasets.class_counts` takes.
        workers (int, optional): Processes that read files. Defaults to the number of cores.
        check (bool): Whether to read the images. Defaults to True.

    Returns:
        Inspection: The findings.

    Raises:
        ValueError: If the dataset has no labels or no images.
    """
    labels, images = gt_labels(dataset), distinct_images(dataset)
    counts = class_counts(dataset, labels=labels[images])
    if not counts.sum():
        raise ValueError('The dataset has no images.')
    names = getattr(dataset, 'metainfo', {}).get('classes') or range(len(counts))
    findings = Inspection(counts, [str(name) for name in names], checked=check)
    if not check:
        return findings
    infos = [dataset.get_data_info(int(i)) for i in images]
    if 'img_path' in infos[0]:
        paths = [info['img_path'] for info in infos]
        results = _examine_files(paths, workers or os.cpu_count() or 1)
    else:
        paths = [f'image {i}' for i in range(len(infos))]
        results = ((hashlib.blake2b(info['img'].tobytes(), digest_size=16).digest(), None)
                   for info in infos)
    labels = labels[images]
    same = defaultdict(list)
    for index, (digest, reason) in enumerate(track(results, 'Reading images', len(paths),
                                                   'images')):
        if reason is not None:
            findings.unreadable[paths[index]] = reason
        if digest:
            same[digest].append(index)
    for group in same.values():
        # A dataset may name a file twice on purpose, as repeating wrappers do.
        files = list(dict.fromkeys(paths[i] for i in group))
        if len(files) > 1:
            findings.duplicates.append(files)
        findings.conflicts += len({labels[i] for i in group}) > 1
    return findings


def _examine_files(paths: list[str], workers: int) -> Iterable[tuple[bytes, str | None]]:
    """Yield what :func:`examine_file` says of each path, in order."""
    if workers == 1 or len(paths) < _CHUNK:
        yield from map(examine_file, paths)
        return
    # Forked processes need not import torch again, which takes longer than many a folder.
    kinds = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context('fork' if 'fork' in kinds else None)
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield from pool.map(examine_file, paths, chunksize=_CHUNK)
