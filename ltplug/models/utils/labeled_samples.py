"""Which samples of a semi-supervised batch have labels, and the loss of some of its samples."""

from collections.abc import Sequence

import torch
from mmengine.dist import all_reduce
from mmpretrain.structures import DataSample
from torch import nn

from ltplug.ops.transfer import moved_to

from .batch import as_sample_list


def labeled_mask(data_samples: Sequence[DataSample], device: torch.device) -> torch.Tensor:
    """Return which samples are labelled.

    Args:
        data_samples (Sequence[DataSample]): N, with the mark ``is_labeled``.
        device (torch.device): Of the result.

    Returns:
        Tensor: bool [N].

    Raises:
        ValueError: If samples have no mark.
    """
    marks = as_sample_list(data_samples).marks('is_labeled')
    if marks is None or None in marks:
        raise ValueError('The samples do not say whether they are labelled: let the training '
                         'dataset be an ltplug.PseudoLabeledDataset or an '
                         'ltplug.SemiSupervisedDataset.')
    return moved_to(torch.tensor(marks), device)


def weighted_head_loss(head: nn.Module, scores: torch.Tensor, labels: torch.Tensor,
                       weight: torch.Tensor) -> torch.Tensor:
    """Return the loss of a head, divided by the sum of sample weights over all ranks.

    Args:
        head (nn.Module): With a ``loss_module`` that takes weights, such as mmpretrain's
            ``LinearClsHead``.
        scores (Tensor): What the head gives, [N, C].
        labels (Tensor): int64 [N]; what they are does not matter where the weight is 0.
        weight (Tensor): Weight of every sample, float32 [N].

    Returns:
        Tensor: A scalar; 0 where all weights are 0.
    """
    total = weight.sum()
    all_reduce(total, op='mean')
    return head.loss_module(scores, labels.clamp(min=0), weight=weight,
                            avg_factor=total.clamp(min=torch.finfo(total.dtype).tiny))
