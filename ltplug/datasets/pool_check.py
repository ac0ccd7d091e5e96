"""Whether a pool of images without labels can be trained on beside the labelled images."""

import hashlib
import logging
import os
from pathlib import Path
from typing import Any

import mmcv
import numpy as np
from mmengine.logging import print_log

from ltplug.utils import random_streams_kept

from .draw import leaf_datasets
from .pipelines import with_test_transforms


def check_pool(labeled: Any, unlabeled: Any, test: Any) -> None:
    """Refuse a pool whose images do not fit the labelled ones, or are those of the test.

    Sizes are compared after the transforms of training and after those of the test, on the first
    image of every dataset in the pool; content is compared of all images, see
    :func:`shared_images`. Labelled images in the pool are told in the log.

    Args:
        labeled (dataset): The labelled training set.
        unlabeled (dataset): The pool.
        test (dataset): Test images, or validation images.

    Raises:
        ValueError: If an image has another size or number of channels, or is a test image.
    """
    _compare_shapes(labeled, unlabeled, 'labelled images', 'the training transforms of each')
    _compare_shapes(test, with_test_transforms(unlabeled, test), 'test images',
                    'the transforms of the test')
    found = shared_images(unlabeled, test)
    if found:
        raise ValueError(f'{len(found)} images of the pool are test images too, such as '
                         f'{_name_of(unlabeled, found[0])}: a model must not learn from what it '
                         'is tested on, so take them out of the pool.')
    found = shared_images(unlabeled, labeled)
    if found:
        print_log(f'{len(found)} of the {len(unlabeled)} images of the pool are labelled training '
                  'images too.', logger='current', level=logging.WARNING)


def _compare_shapes(reference: Any, pool: Any, what: str, where: str) -> None:
    with random_streams_kept():
        expected = _shapes(reference[0]['inputs'])
        for leaf in leaf_datasets(pool):
            found = _shapes(leaf[0]['inputs'])
            if found != expected:
                raise ValueError(
                    f'The pool has images of {found} (channels x height x width) and the {what} '
                    f'are {expected}, after {where}: let the pipeline of the pool resize or '
                    'convert its images, or take another pool.')


def _shapes(inputs: Any) -> str:
    views = inputs if isinstance(inputs, list | tuple) else [inputs]
    return ' and '.join('x'.join(map(str, view.shape)) for view in views)


def _name_of(dataset: Any, index: int) -> str:
    return dataset.get_data_info(index).get('img_path') or f'number {index}'


def shared_images(first: Any, second: Any) -> list[int]:
    """Return which images of a dataset are in another one too.

    Files are compared by their bytes, and only those of equal size are read. Where images are in
    memory on one side, pixels are compared, whatever the order of their channels.

    Args:
        first (dataset): Any dataset or wrapper.
        second (dataset): Any dataset or wrapper.

    Returns:
        list[int]: Positions in the first dataset, ascending.
    """
    images = [[dataset.get_data_info(index) for index in range(len(dataset))]
              for dataset in (first, second)]
    if any('img' in info for side in images for info in side):
        ours, theirs = ([_pixel_digest(info) for info in side] for side in images)
    else:
        ours, theirs = _file_digests(*([info['img_path'] for info in side] for side in images))
    known = {digest for digest in theirs if digest is not None}
    return [index for index, digest in enumerate(ours) if digest in known]


def _pixel_digest(info: dict) -> bytes | None:
    image = info['img'] if 'img' in info else mmcv.imread(info['img_path'])
    if image is None:
        return None  # not an image: whoever reads it will say so
    return min(hashlib.blake2b(np.ascontiguousarray(each), digest_size=16).digest()
               for each in (image, image[..., ::-1]))


def _file_digests(ours: list[str], theirs: list[str]) -> tuple[list, list]:
    """Return digests of the files of both sides; None for one whose size is unlike all others."""
    sizes = [[os.path.getsize(path) if os.path.isfile(path) else -1 for path in side]
             for side in (ours, theirs)]
    common = set(sizes[0]) & set(sizes[1])
    return tuple([_file_digest(path) if size in common and size >= 0 else None
                  for path, size in zip(side, side_sizes, strict=True)]
                 for side, side_sizes in zip((ours, theirs), sizes, strict=True))


def _file_digest(path: str) -> bytes:
    return hashlib.blake2b(Path(path).read_bytes(), digest_size=16).digest()
