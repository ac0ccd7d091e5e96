"""Splitting a pipeline in what single images need and what whole batches can do."""

from typing import Any

Steps = list[dict[str, Any]]

_SIZES = ('RandomResizedCrop', 'RandomCrop', 'CenterCrop', 'EfficientNetRandomCrop',
          'EfficientNetCenterCrop', 'torchvision/RandomResizedCrop', 'torchvision/RandomCrop',
          'torchvision/CenterCrop')
"""Transforms whose results have one size, whatever the size of the image."""


def is_loader(step: dict[str, Any]) -> bool:
    """Tell whether a transform reads something from a file.

    Args:
        step (dict): The config of a transform.

    Returns:
        bool: True for the types whose names start with Load, of any scope.
    """
    return step['type'].rpartition('.')[2].startswith('Load')


def split_pipeline(pipeline: Steps) -> tuple[Steps, Steps]:
    """Split the transforms of image files behind the step that gives all images one size.

    The crop and the resize of an image stay with its loading, as they are; colours, flips and
    whatever else follows move to batches. Each chain of a ``MultiView`` is split, and of
    ``ltplug.GlobalPatchViews`` those that take the image, ``geometry`` and ``key``: the boxes are
    drawn and cut in the batch.

    Args:
        pipeline (list[dict]): Transforms between those that load an image and ``PackInputs``.

    Returns:
        tuple[list[dict], list[dict]]: Transforms of single images, and those of batches for
        :class:`ltplug.models.utils.BatchedAugmentation`. Where the first are a ``MultiView``, the
        second take its views one by one.

    Raises:
        ValueError: If no step of a chain gives the images one size.

    Example:
        >>> crop, flip = dict(type='RandomResizedCrop', scale=224), dict(type='RandomFlip')
        >>> split_pipeline([crop, flip])
        ([{'type': 'RandomResizedCrop', 'scale': 224}], [{'type': 'RandomFlip'}])
    """
    view = pipeline[0] if len(pipeline) == 1 else {'type': ''}
    if view['type'] == 'MultiView':
        chains = [_split_chain(chain, 'MultiView') for chain in view['transforms']]
        heads, tails = map(list, zip(*chains, strict=True))
        return [{**view, 'transforms': heads}], [{**view, 'transforms': tails}]
    if view['type'] == 'ltplug.GlobalPatchViews':
        placed, geometry = _split_chain(view['geometry'], 'the geometry of GlobalPatchViews')
        other, key = _split_chain(view['key'], 'the key of GlobalPatchViews')
        loaded = dict(type='MultiView', num_views=[1, 1], transforms=[placed, other])
        return [loaded], [{**view, 'geometry': geometry, 'key': key}]
    return _split_chain(pipeline, 'the pipeline')


def _split_chain(chain: Steps, where: str) -> tuple[Steps, Steps]:
    """Split a chain behind its first step that fixes the size, and crops that follow at once."""
    end = next((i for i, step in enumerate(chain, 1) if _fixes_size(step)), None)
    if end is None:
        names = ', '.join(step['type'] for step in chain) or 'no steps'
        raise ValueError('batched_augmentation needs images of one size, and no step of a chain '
                         f'of {where} gives files one ({names}): add RandomResizedCrop, '
                         'RandomCrop, CenterCrop or Resize, or set batched_augmentation=False.')
    while end < len(chain) and _fixes_size(chain[end]):
        end += 1
    head, tail = list(chain[:end]), list(chain[end:])
    # pillow images become arrays with the channels in the order in which the chain ends
    turns = [step['type'] for step in head if step['type'] in ('NumpyToPIL', 'PILToNumpy')]
    if turns[-1:] == ['NumpyToPIL']:
        back = next((i for i, step in enumerate(tail) if step['type'] == 'PILToNumpy'), None)
        if back is not None:
            head.append(tail.pop(back))
    return head, tail


def _fixes_size(step: dict[str, Any]) -> bool:
    if step['type'] == 'Resize':
        return 'scale' in step and not step.get('keep_ratio', False)
    if step['type'] == 'torchvision/Resize':  # a number is the shorter side
        return isinstance(step.get('size'), list | tuple) and len(step['size']) == 2
    return step['type'] in _SIZES
