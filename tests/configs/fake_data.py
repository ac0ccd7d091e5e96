"""Small data sets in the format of the real ones, and configs shrunk to them."""

import hashlib
import pickle
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from mmpretrain.datasets import CIFAR10

IMAGES_PER_CLASS = 2
"""Images of the largest training class; the smallest has one."""


def write_cifar(dataset: type[CIFAR10], root: Path) -> dict[str, Any]:
    """Write files like those of CIFAR-10 or CIFAR-100, with random images.

    Every training file holds two images of each class and the test file one.

    Args:
        dataset (type[CIFAR10]): Names the files, CIFAR10 or CIFAR100.
        root (Path): The ``data_root`` of the dataset.

    Returns:
        dict[str, Any]: Attributes of the dataset class under which it takes the files for intact:
        the lists of files with the MD5 sums of those written.
    """
    folder = root / dataset.base_folder
    folder.mkdir(parents=True)
    classes = list(dataset.METAINFO['classes'])
    # as in the originals, whose CIFAR-100 has labels of two levels
    key = 'labels' if len(classes) == 10 else 'fine_labels'
    rng = np.random.default_rng(0)

    def write(name: str, content: dict) -> str:
        data = pickle.dumps(content, protocol=2)
        (folder / name).write_bytes(data)
        return hashlib.md5(data).hexdigest()

    def write_batch(name: str, per_class: int) -> list[str]:
        labels = rng.permutation(np.repeat(np.arange(len(classes)), per_class))
        images = rng.integers(0, 256, (len(labels), 3 * 32 * 32), dtype=np.uint8)
        return [name, write(name, {'data': images, key: labels.tolist()})]

    return {
        'train_list': [write_batch(name, IMAGES_PER_CLASS) for name, _ in dataset.train_list],
        'test_list': [write_batch(name, 1) for name, _ in dataset.test_list],
        'meta': {**dataset.meta, 'md5': write(dataset.meta['filename'],
                                              {dataset.meta['key']: classes})},
    }


def shrink(cfg: Config, epochs: int) -> Config:
    """Return a config that takes one step of training per epoch, on one or two images a class.

    The images are chosen by ``LongTailSubset``: ``num_batch_per_epoch`` would keep the first
    images, which are all of the largest class.

    Args:
        cfg (Config): The config, left as it is.
        epochs (int): Epochs, and so steps.

    Returns:
        Config: The small one.
    """
    cfg = cfg.copy()
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        loader.num_workers = 0
    cfg.merge_from_dict({
        'train_dataloader.batch_size': 200,  # more than there are images
        'train_dataloader.dataset.max_count': IMAGES_PER_CLASS,
        'train_dataloader.dataset.imbalance_ratio': IMAGES_PER_CLASS,
        'train_cfg.max_epochs': epochs,
        'train_cfg.val_interval': epochs,
        'default_hooks.logger.interval': 1,
    })
    return cfg
