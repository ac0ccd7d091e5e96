"""The transforms of a dataset, below any wrappers."""

import copy
from collections.abc import Callable
from typing import Any


def with_pipeline(dataset: Any, pipeline: Callable) -> Any:
    """Return a dataset with the same samples and other transforms.

    Args:
        dataset (dataset): A dataset or wrapper; it is left as it is.
        pipeline (Callable): The transforms.

    Returns:
        dataset: A copy that shares the annotations.
    """
    dataset = copy.copy(dataset)
    if getattr(dataset, 'datasets', None):
        dataset.datasets = [with_pipeline(child, pipeline) for child in dataset.datasets]
    elif getattr(dataset, 'dataset', None) is not None:
        dataset.dataset = with_pipeline(dataset.dataset, pipeline)
    else:
        dataset.pipeline = pipeline
    return dataset


def with_test_transforms(dataset: Any, test_dataset: Any) -> Any:
    """Return a dataset whose images are transformed as another one's.

    Args:
        dataset (dataset): A dataset or wrapper; it is left as it is.
        test_dataset (dataset): The dataset whose transforms are taken, wrapped or not.

    Returns:
        dataset: A copy that shares the annotations.
    """
    while getattr(test_dataset, 'dataset', None) is not None:
        test_dataset = test_dataset.dataset
    return with_pipeline(dataset, test_dataset.pipeline)
