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
    """
    if isinstance(batch, Mapping):
        return batch
    collated = default_collate(batch)
    if isinstance(collated, Mapping) and isinstance(collated.get('data_samples'), list):
        collated['data_samples'] = SampleList(collated['data_samples'])
    return collated
