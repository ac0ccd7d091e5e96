"""Small data sets in the format of the real ones, and configs shrunk to them."""

import hashlib
import json
import math
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.datasets import CIFAR10
from PIL import Image
from scipy.io import savemat

from ltplug.datasets import PseudoLabels, dataset_fingerprint
from ltplug.ops import long_tail_counts
from ltplug.registry import DATASETS

IMAGES_PER_CLASS = 2
"""Images of the largest training class; the smallest has one."""

POOL_IMAGES_PER_CLASS = 2
"""Images of every class of a pool without labels."""

PSEUDO_LABELS = 'pseudo_labels.npz'
"""Where all shrunk configs of self-training look for the labels of their pools."""

LISTED_CLASSES = 10
"""Classes of the data sets whose images are files: weights need an image of every class."""

QUEUE_LENGTH = math.prod(int(long_tail_counts(IMAGES_PER_CLASS, classes, IMAGES_PER_CLASS).sum())
                         for classes in (10, 100))
"""Of MoCo, whose queue is filled by whole batches."""


def write_cifar(dataset: type[CIFAR10], root: Path) -> dict[str, Any]:
    """Write files like those of CIFAR-10 or CIFAR-100, with random images.

    The training files hold ten images of each class together and the test file one.

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
    # as in the originals, whose CIFAR-100 has labels of two levels and one file for training
    key = 'labels' if len(classes) == 10 else 'fine_labels'
    in_each_file = 5 * IMAGES_PER_CLASS // len(dataset.train_list)
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
        'train_list': [write_batch(name, in_each_file) for name, _ in dataset.train_list],
        'test_list': [write_batch(name, 1) for name, _ in dataset.test_list],
        'meta': {**dataset.meta, 'md5': write(dataset.meta['filename'],
                                              {dataset.meta['key']: classes})},
    }


def write_svhn(root: Path) -> dict[str, str]:
    """Write files like those of SVHN, with random images.

    Args:
        root (Path): The ``data_root`` of the dataset.

    Returns:
        dict[str, str]: The MD5 sums of the files, by split.
    """
    root.mkdir(parents=True)
    rng = np.random.default_rng(0)
    sums = {}
    for split, per_class in (('train', IMAGES_PER_CLASS), ('test', 1),
                             ('extra', POOL_IMAGES_PER_CLASS)):
        labels = np.repeat(np.arange(1, 11), per_class)  # the digit 0 is labelled 10
        images = rng.integers(0, 256, (32, 32, 3, len(labels)), dtype=np.uint8)
        path = root / f'{split}_32x32.mat'
        savemat(path, {'X': images, 'y': labels[:, None]})
        sums[split] = hashlib.md5(path.read_bytes()).hexdigest()
    return sums


def write_tiny_images(path: Path) -> None:
    """Write a file like that of 80 Million Tiny Images, with random images, and an irrelevant one.

    Args:
        path (Path): The pickle; beside it comes ``irrelevant.npz``, without labels.
    """
    path.parent.mkdir(parents=True)
    labels = np.repeat(np.arange(10), POOL_IMAGES_PER_CLASS)
    images = np.random.default_rng(1).integers(0, 256, (len(labels), 32, 32, 3), dtype=np.uint8)
    path.write_bytes(pickle.dumps({'data': images, 'extrapolated_targets': labels}))
    np.savez(path.with_name('irrelevant.npz'), data=255 - images)


def write_pseudo_labels(cfg: Config) -> None:
    """Write labels of the pool of a shrunk config where it looks for them.

    Args:
        cfg (Config): From :func:`shrink`.
    """
    dataset = cfg.train_dataloader.dataset
    if 'pseudo_labels' not in dataset:
        return
    init_default_scope('mmpretrain')
    pool = DATASETS.build(dataset.unlabeled)
    PseudoLabels(np.arange(len(pool)) % 10, np.ones(len(pool), dtype=np.float32), 10, (),
                 dataset_fingerprint(pool)).save(dataset.pseudo_labels)


def write_images(root: Path, pattern: str, per_class: np.ndarray) -> list[tuple[str, int]]:
    """Write small random JPEGs.

    Args:
        root (Path): Folder that the paths start from.
        pattern (str): Path of an image, with fields ``label`` and ``number``.
        per_class (np.ndarray): Number of images of each class, [C].

    Returns:
        list[tuple[str, int]]: Path and label of every image.
    """
    rng = np.random.default_rng(0)
    written = [(pattern.format(label=label, number=number), label)
               for label, count in enumerate(per_class) for number in range(count)]
    for name, _ in written:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(path)
    return written


def write_listed(folder: Path) -> None:
    """Write small data sets of image files where the configs look for them.

    They are ImageNet, ImageNet-LT, ImageNet-100-LT, Places-LT, iNaturalist 2018 and Tiny-ImageNet.

    Args:
        folder (Path): The folder from which the paths of the configs start.
    """
    train = long_tail_counts(IMAGES_PER_CLASS, LISTED_CLASSES, IMAGES_PER_CLASS)
    test = np.ones(LISTED_CLASSES, dtype=int)
    for lists, images, patterns in (
        ('data/imagenet-lt/ImageNet_LT', 'data/imagenet',
         {'train': 'train/n{label:08}/n{label:08}_{number}.JPEG',
          'val': 'train/n{label:08}/n{label:08}_1{number}.JPEG',
          'test': 'val/n{label:08}/ILSVRC2012_val_{label:07}{number}.JPEG'}),
        ('data/places-lt/Places_LT', 'data/places365',
         {'train': 'train/place{label}/0000000{number}.jpg',
          'val': 'train/place{label}/0000001{number}.jpg',
          'test': 'val/place{label}/Places365_val_{label:07}{number}.jpg'}),
    ):
        (folder / lists).parent.mkdir(parents=True)
        for split, pattern in patterns.items():
            written = write_images(folder / images, pattern, train if split == 'train' else test)
            (folder / f'{lists}_{split}.txt').write_text(
                ''.join(f'{name} {label}\n' for name, label in written))
    listed = (folder / 'data/imagenet-lt/ImageNet_LT_train.txt').read_text()
    (folder / 'data/imagenet/meta').mkdir()
    (folder / 'data/imagenet/meta/train.txt').write_text(listed.replace('train/', ''))

    names = {'train': ('imageNet_100_LT_train', 'ImageNet_100_train',
                       'imageNet_100_sub_balance_train_0.01'),
             'val': ('ImageNet_100_val', ), 'test': ('ImageNet_100_test', )}
    (folder / 'data/imagenet-100-lt').mkdir()
    for split, files in names.items():
        listed = (folder / f'data/imagenet-lt/ImageNet_LT_{split}.txt').read_text()
        for name in files:
            (folder / f'data/imagenet-100-lt/{name}.txt').write_text(listed)

    root = folder / 'data/tiny_imagenet/tiny-imagenet-200'
    write_images(root, 'train/n{label:08}/images/n{label:08}_{number}.JPEG', train)
    written = write_images(root, 'val/images/val_{label}.JPEG', test)
    (root / 'wnids.txt').write_text(''.join(f'n{label:08}\n' for label in range(LISTED_CLASSES)))
    (root / 'val/val_annotations.txt').write_text(
        ''.join(f'{Path(name).name}\tn{label:08}\t0\t0\t63\t63\n' for name, label in written))

    root = folder / 'data/inaturalist2018'
    for split, counts in (('train', train), ('val', test)):
        written = write_images(
            root, f'train_val2018/Aves/{{label}}/{split}{{number}}.jpg', counts)
        (root / f'{split}2018.json').write_text(json.dumps({
            'images': [{'id': i, 'file_name': name} for i, (name, _) in enumerate(written)],
            'annotations': [{'id': i, 'image_id': i, 'category_id': label}
                            for i, (_, label) in enumerate(written)],
            'categories': [{'id': label, 'name': f'species {label}'}
                           for label in range(LISTED_CLASSES)],
        }))


def shrink(cfg: Config, epochs: int) -> Config:
    """Return a config that takes one step of training per epoch, on one or two images a class.

    The images are chosen by ``LongTailSubset`` (``num_batch_per_epoch`` would keep the first
    images, which are all of the largest class) or by the lists of :func:`write_listed`, which have
    ten classes. Networks lose depth and width, queues length, and no weights are fetched.
    Self-supervised configs may have no data for validation and test. The last epoch comes after any
    warm-up.

    Args:
        cfg (Config): The config, left as it is.
        epochs (int): Epochs, and so steps.

    Returns:
        Config: The small one.
    """
    cfg = cfg.copy()
    cfg.merge_from_dict({
        'train_dataloader.batch_size': 200,  # more than there are images
        'train_cfg.max_epochs': epochs,
        'train_cfg.val_interval': epochs,
        'default_hooks.logger.interval': 1,
    })
    for scheduler in cfg.get('param_scheduler') or ():
        if scheduler.get('begin', 0) >= epochs:
            scheduler.begin = epochs - 1
    loader = cfg.train_dataloader
    if loader.dataset.type == 'ltplug.HoldOut':
        loader.dataset = dict(type='ltplug.LongTailSubset', dataset=loader.dataset)
    elif loader.dataset.type == 'ltplug.FeatureDataset' and \
            loader.dataset.dataset.type == 'ltplug.Digits':
        loader.dataset.dataset = dict(type='ltplug.LongTailSubset', dataset=loader.dataset.dataset)
    if 'unlabeled' in loader.dataset and loader.dataset.unlabeled.type == 'ltplug.Remainder':
        loader.dataset.unlabeled = dict(type='ltplug.UnlabeledPool',
                                        dataset=loader.dataset.unlabeled)
    is_listed = any(node.get('type') == 'LoadImageFromFile' for node in dicts_in(cfg))
    for node in dicts_in(cfg):
        if node.get('type') == 'ltplug.UnlabeledPool':
            node.size, node.imbalance_ratio = 10 * POOL_IMAGES_PER_CLASS, 1
        if 'pseudo_labels' in node:
            node.pseudo_labels = PSEUDO_LABELS
        if node.get('type') == 'ltplug.LongTailSubset':
            is_balanced = node.get('imbalance_ratio') == 1
            node.max_count = node.imbalance_ratio = 1 if is_balanced else IMAGES_PER_CLASS
            if is_listed:
                node.pop('class_order', None)  # of all classes
        small = {'num_workers': 0, 'persistent_workers': False, 'drop_last': False,
                 'images_per_class': 1,  # held out
                 'hid_channels': 64,
                 'queue_len': QUEUE_LENGTH}
        node.update({key: value for key, value in small.items() if key in node})
        if node.get('warmup_epochs'):
            node.warmup_epochs = epochs - 1
    if is_listed:
        for node in dicts_in(cfg):
            if node.get('num_classes', 0) > LISTED_CLASSES:  # rotations have four
                node.num_classes = LISTED_CLASSES
            size = {'RandomResizedCrop': 'scale', 'ResizeEdge': 'scale',
                    'CenterCrop': 'crop_size', 'ltplug.GlobalPatchViews': 'patch_size'
                    }.get(node.get('type'))
            if size:
                node[size] = 32
    if cfg.model.backbone.type == 'ltplug.CIFARResNet':
        cfg.model.backbone.depth = 8
    else:
        shrink_resnet(cfg.model)
    if loader.batch_sampler.type == 'ltplug.ClassBalancedBatchSampler':
        loader.batch_sampler.num_samples_per_class = 20  # all of ten classes
    if 'begin_epoch' in loader.sampler:
        loader.sampler.begin_epoch = epochs - 1
    return cfg


def shrink_resnet(model: Config) -> None:
    """Replace a ResNet by a small one whose features have 64 channels, and what follows with it.

    Args:
        model (Config): The config of a model, changed in place.
    """
    kept = ('frozen_stages', 'conv_cfg', 'norm_cfg', 'zero_init_residual')
    model.backbone = dict(
        type='ltplug.ResNet', depth=10, stem_channels=8, base_channels=8,
        **{key: model.backbone[key] for key in kept if key in model.backbone})
    for node in dicts_in(model):
        for width in ('in_channels', 'hid_channels', 'out_channels', 'feat_dim'):
            if node.get(width, 0) > 128:
                node[width] = 64
        if 'num_prototypes' in node:
            node.num_prototypes = 16


def dicts_in(node: Any) -> Iterator[dict]:
    """Yield every dict of a config, however deep.

    Args:
        node (Any): The config, or a value in it.

    Yields:
        dict: Outer ones first.
    """
    if isinstance(node, Config | dict):
        yield node
    children = node.values() if isinstance(node, Config | dict) else \
        node if isinstance(node, list | tuple) else ()
    for child in children:
        yield from dicts_in(child)
