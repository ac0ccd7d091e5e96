"""Pipelines inside dataset configs."""

import copy
from collections.abc import Mapping
from typing import Any


def with_test_transforms(dataset: Mapping[str, Any], test_dataset: Mapping[str, Any]) -> dict:
    """Return the config of a dataset whose images are transformed as another one's.

    Args:
        dataset (Mapping): Config of a dataset, wrappers included.
        test_dataset (Mapping): Config of the dataset whose pipeline is taken.

    Returns:
        dict: A copy in which every pipeline is replaced.

    Raises:
        ValueError: If one of them has no pipeline.
    """
    pipelines = list(_pipelines(test_dataset))
    result = copy.deepcopy(dict(dataset))
    if not pipelines or not list(_pipelines(result)):
        raise ValueError('The datasets of training and test must have a pipeline each, in the '
                         'config of the dataset or of those that it wraps.')
    _replace(result, pipelines[0])
    return result


def _pipelines(node: Any):
    if isinstance(node, Mapping):
        if 'pipeline' in node:
            yield node['pipeline']
        for key, child in node.items():
            if key != 'pipeline':
                yield from _pipelines(child)
    elif isinstance(node, list | tuple):
        for child in node:
            yield from _pipelines(child)


def _replace(node: Any, pipeline: list) -> None:
    if isinstance(node, dict):
        if 'pipeline' in node:
            node['pipeline'] = copy.deepcopy(pipeline)
        for key, child in node.items():
            if key != 'pipeline':
                _replace(child, pipeline)
    elif isinstance(node, list | tuple):
        for child in node:
            _replace(child, pipeline)
