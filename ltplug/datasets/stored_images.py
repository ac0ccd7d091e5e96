"""What images are like that a dataset keeps in memory or whose files all have one size."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mmpretrain.datasets import CIFAR10, MNIST

from ltplug.registry import DATASETS


@dataclass(frozen=True)
class StoredImages:
    """How a dataset stores its images.

    Attributes:
        order (str, optional): Order of the channels in memory, 'rgb', 'bgr' or 'gray'; None for
            images in files, and where nobody says it.
        size (int, optional): Side of the square images in pixels, None where they differ.
    """

    order: str | None = None
    size: int | None = None


# mmpretrain's cannot say it themselves; subclasses (CIFAR100, FashionMNIST) are alike
_OF_MMPRETRAIN = {CIFAR10: StoredImages('rgb', 32), MNIST: StoredImages('gray', 28)}


def stored_images(dataset: Mapping[str, Any]) -> StoredImages:
    """Return how the dataset of a config stores its images, without reading any.

    A dataset class says it by attributes ``CHANNEL_ORDER`` and ``IMAGE_SIZE``, or by an argument
    ``size``.

    Args:
        dataset (Mapping): Config of a dataset without wrappers.

    Returns:
        StoredImages: What is known.
    """
    kind = DATASETS.get(dataset['type'])
    for known, images in _OF_MMPRETRAIN.items():
        if inspect.isclass(kind) and issubclass(kind, known):
            return images
    size = getattr(kind, 'IMAGE_SIZE', None)
    argument = inspect.signature(kind).parameters.get('size')
    if size is None and argument is not None:
        size = dataset.get('size', argument.default)
    return StoredImages(getattr(kind, 'CHANNEL_ORDER', None),
                        size if isinstance(size, int) else None)
