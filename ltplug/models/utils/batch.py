"""What methods read off a batch."""

from collections.abc import Sequence

import torch
from mmpretrain.structures import DataSample

from ltplug.ops.transfer import moved_to
from ltplug.structures import SampleList


def check_views(inputs: list[torch.Tensor] | torch.Tensor, number: int | None = None) -> None:
    """Complain where the pipeline does not give views.

    Args:
        inputs (list[Tensor] or Tensor): What the data preprocessor gave.
        number (int, optional): How many views there must be. Defaults to any number.

    Raises:
        ValueError: If there are no views, or not as many.
    """
    if not isinstance(inputs, list) or number not in (None, len(inputs)):
        raise ValueError(
            f'The method takes a list of {number or "several"} views: let the training pipeline '
            f"have dict(type='MultiView', num_views=[{number or 2}], transforms=[...]) and the "
            'dataloader default_collate.')


def batch_labels(data_samples: Sequence[DataSample]) -> torch.Tensor:
    """Return the labels of samples.

    Args:
        data_samples (Sequence[DataSample]): Each with one label.

    Returns:
        Tensor: int64 [N].
    """
    return as_sample_list(data_samples).tensors('gt_label')


def move_samples(data_samples: Sequence[DataSample], device: torch.device) -> None:
    """Move what samples hold to a device, without waiting for it.

    Args:
        data_samples (Sequence[DataSample]): Changed in place.
        device (torch.device): Where they go, a field of all samples in one transfer where they
            hold the same.
    """
    if device.type == 'cpu':
        return
    samples = as_sample_list(data_samples)
    columns = samples.columns()
    if columns is not None:
        for name, values in columns[0].items():
            samples.set_tensors(name, moved_to(values, device))
        return
    for sample in samples:
        for name, value in sample.items():
            if isinstance(value, torch.Tensor):
                sample.set_field(moved_to(value, device), name)


def dataset_indices(data_samples: Sequence[DataSample],
                    device: torch.device) -> torch.Tensor | None:
    """Return the positions of samples in the training dataset.

    Args:
        data_samples (Sequence[DataSample]): As a :class:`ltplug.datasets.DrawDataset` marks them.
        device (torch.device): Where they go.

    Returns:
        Tensor, optional: int64 [N]; None where the samples are not marked.
    """
    indices = as_sample_list(data_samples).marks('dataset_index')
    return None if indices is None else moved_to(torch.tensor(indices), device)


def as_sample_list(data_samples: Sequence[DataSample]) -> SampleList:
    """Return samples with access by column.

    Args:
        data_samples (Sequence[DataSample]): The samples.

    Returns:
        SampleList: The same, or another sequence of the same objects.
    """
    return data_samples if isinstance(data_samples, SampleList) else SampleList(data_samples)
