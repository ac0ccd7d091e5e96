"""The transforms of a dataset, below any wrappers."""

import copy
from collections.abc import Callable
from typing import Any

from mmcv.transforms import LoadImageFromFile
from mmengine.dataset import Compose

from .images_in_memory import ImagesInMemory


def with_pipeline(dataset: Any, pipeline: Callable) -> Any:
    """Return a dataset with the same samples and other transforms.

    Args:
        dataset (dataset): A dataset or wrapper; it is left as it is.
        pipeline (Callable): The transforms.

    Returns:
        dataset: A copy that shares the annotations.
    """
    return _exchange(dataset, lambda leaf: pipeline)


def with_test_transforms(dataset: Any, test_dataset: Any) -> Any:
    """Return a dataset whose images are transformed as another one's.

    Each image is read as its own dataset does it, from a file or from memory, and then transformed
    as the test images are.

    Args:
        dataset (dataset): A dataset or wrapper; it is left as it is.
        test_dataset (dataset): The dataset whose transforms are taken, wrapped or not.

    Returns:
        dataset: A copy that shares the annotations.
    """
    while getattr(test_dataset, 'dataset', None) is not None:
        test_dataset = test_dataset.dataset
    after_loading = [step for step in test_dataset.pipeline.transforms
                     if not isinstance(step, LoadImageFromFile)]
    return _exchange(dataset, lambda leaf: Compose([
        *(step for step in leaf.pipeline.transforms if isinstance(step, LoadImageFromFile)),
        *after_loading]))


def _exchange(dataset: Any, pipeline_of: Callable[[Any], Callable]) -> Any:
    if isinstance(dataset, ImagesInMemory):  # its images are those of the old transforms
        return _exchange(dataset.dataset, pipeline_of)
    dataset = copy.copy(dataset)
    if getattr(dataset, 'datasets', None):
        dataset.datasets = [_exchange(child, pipeline_of) for child in dataset.datasets]
    elif getattr(dataset, 'dataset', None) is not None:
        dataset.dataset = _exchange(dataset.dataset, pipeline_of)
    else:
        dataset.pipeline = pipeline_of(dataset)
    return dataset
