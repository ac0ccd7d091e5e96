"""Making a batch of samples that travels lightly between processes."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.dataset import default_collate
from mmpretrain.structures import DataSample

from ltplug.registry import FUNCTIONS

_LABEL = 'gt_label'


class SampleList(list):
    """A list of data samples whose labels leave a process as one tensor.

    A loading process hands every tensor to the training process as a shared file of its own. One
    for each label costs more time than loading a small image, and many processes with large batches
    run out of open files.
    """

    def __reduce__(self) -> tuple:
        return _unpack, _pack(self)

    def __copy__(self) -> 'SampleList':
        return type(self)(self)


@FUNCTIONS.register_module()
def collate_samples(batch: Sequence[Any]) -> Any:
    """Collate as mmengine's ``default_collate``; the data samples become a :class:`SampleList`.

    Args:
        batch (Sequence): The samples of a batch, as a dataset gives them.

    Returns:
        Any: Tensors are stacked; dicts and sequences keep their form.
    """
    collated = default_collate(batch)
    if isinstance(collated, Mapping) and isinstance(collated.get('data_samples'), list):
        collated['data_samples'] = SampleList(collated['data_samples'])
    return collated


def _pack(samples: Sequence[DataSample]) -> tuple:
    """Return labels as one tensor where all samples have one label and nothing else but marks."""
    if not samples or not all(
            type(sample) is DataSample and sample.keys() == [_LABEL] and len(sample.gt_label) == 1
            for sample in samples):
        return None, None, list(samples)
    labels = torch.cat([sample.gt_label for sample in samples])
    names = samples[0].metainfo_keys()
    if any(sample.metainfo_keys() != names for sample in samples):
        return labels, None, [dict(sample.metainfo_items()) for sample in samples]
    return labels, names, [tuple(sample.get(name) for name in names) for sample in samples]


def _unpack(labels: torch.Tensor | None, names: list[str] | None, rows: list) -> SampleList:
    """Undo :func:`_pack`."""
    if labels is None:
        return SampleList(rows)
    samples = SampleList()
    for label, row in zip(labels.split(1), rows, strict=True):
        sample = DataSample()
        for name, value in row.items() if names is None else zip(names, row, strict=True):
            sample.set_field(value, name, field_type='metainfo')
        sample.set_field(label, _LABEL)
        samples.append(sample)
    return samples
