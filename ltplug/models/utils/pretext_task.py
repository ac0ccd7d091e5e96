"""What tasks that make their own labels share."""

import torch
from mmengine.dist import all_reduce
from torch import nn


def pretext_loss(head: nn.Module, feats: tuple[torch.Tensor, ...],
                 targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the loss of a classifier of labels that were drawn, and its accuracy.

    Args:
        head (nn.Module): A classification head of mmpretrain, with any loss.
        feats (tuple[Tensor]): What it takes, of N images.
        targets (Tensor): int64[N].

    Returns:
        tuple[Tensor, Tensor]: The loss, whose average over ranks is the mean over the images of
        all ranks; and the accuracy on this rank's images in percent, without gradient.
    """
    images = torch.tensor(float(len(targets)))
    all_reduce(images, op='mean')
    scores = head(feats)
    loss = head.loss_module(scores, targets, avg_factor=images.item())
    return loss, 100 * (scores.detach().argmax(dim=1) == targets).float().mean()
