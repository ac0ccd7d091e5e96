"""What methods read off a batch."""

import torch
from mmpretrain.structures import DataSample

from ltplug.ops.transfer import moved_to


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


def batch_labels(data_samples: list[DataSample]) -> torch.Tensor:
    """Return the labels of samples.

    Args:
        data_samples (list[DataSample]): Each with one label.

    Returns:
        Tensor: int64 [N].
    """
    return torch.cat([sample.gt_label for sample in data_samples])


def move_labels(data_samples: list[DataSample], device: torch.device) -> None:
    """Move the labels of samples to a device, all in one transfer.

    Args:
        data_samples (list[DataSample]): Each with one label, or without; changed in place.
        device (torch.device): Where they go.
    """
    if device.type == 'cpu' or 'gt_label' not in data_samples[0]:
        return
    labels = torch.cat([sample.gt_label for sample in data_samples])
    labels = moved_to(labels, device)
    for sample, label in zip(data_samples, labels.split(1), strict=True):
        sample.set_field(label, 'gt_label')


def dataset_indices(data_samples: list[DataSample], device: torch.device) -> torch.Tensor | None:
    """Return the positions of samples in the training dataset.

    Args:
        data_samples (list[DataSample]): As a :class:`ltplug.datasets.DrawDataset` marks them.
        device (torch.device): Where they go.

    Returns:
        Tensor, optional: int64 [N]; None where the samples are not marked.
    """
    if 'dataset_index' not in data_samples[0]:
        return None
    indices = torch.tensor([sample.dataset_index for sample in data_samples])
    return moved_to(indices, device)
