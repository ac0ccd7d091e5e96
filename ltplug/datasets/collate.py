"""Making a batch of samples that travels lightly between processes."""

from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.dataset import default_collate

from ltplug.registry import FUNCTIONS
from ltplug.structures import SampleList


@FUNCTIONS.register_module()
def collate_samples(batch: Sequence[Any] | Mapping[str, Any], _scope_: str | None = None) -> Any:
    """Collate as mmengine's ``default_collate``; the data samples become a :class:`SampleList`.

    mmengine hands a collate function every key of its config, also the ``_scope_`` that it adds to
    those of configs which are inherited by the name of their package.

    Args:
        batch (Sequence or Mapping): The samples of a batch, as a dataset gives them; or a whole
            batch, as :class:`ltplug.datasets.ImagesInMemory` does.

    Returns:
        Any: Tensors are stacked; dicts and sequences keep their form.

    Raises:
        ValueError: If images differ in size.
    """
    if isinstance(batch, Mapping):
        return batch
    _check_sizes(batch)
    collated = default_collate(batch)
    if isinstance(collated, Mapping) and isinstance(collated.get('data_samples'), list):
        collated['data_samples'] = SampleList(collated['data_samples'])
    return collated


def _check_sizes(batch: Sequence[Any]) -> None:
    """Name two images of other sizes; torch names none."""
    first = batch[0]
    if not isinstance(first, Mapping):
        return
    expected = getattr(first.get('inputs'), 'shape', None)  # views of an image have none
    for sample in batch:
        if getattr(sample.get('inputs'), 'shape', None) != expected:
            raise ValueError(f'Images of a batch differ in size after the transforms: '
                             f'{_tell_size(first)}, but {_tell_size(sample)}; let a transform of '
                             "the pipeline give all the same, such as dict(type='Resize', "
                             'scale=(WIDTH, HEIGHT)).')


def _tell_size(sample: Mapping[str, Any]) -> str:
    path = getattr(sample.get('data_samples'), 'img_path', None)
    size = ' x '.join(map(str, sample['inputs'].shape))
    return size if path is None else f'{size} (channels x height x width) of {path}'
