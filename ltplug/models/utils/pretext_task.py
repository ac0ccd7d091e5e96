"""What tasks that make their own labels share."""

from collections.abc import Callable

import torch
from mmengine.dist import all_reduce, broadcast, get_world_size
from torch import nn

from ltplug.utils.distributed import rows_before


def draw_jointly(images: torch.Tensor, draw: Callable[[int], torch.Tensor]) -> torch.Tensor:
    """Draw something for every image of the joint batch, the same for any number of processes.

    Args:
        images (Tensor): Images of this rank, [N, ...]; N may differ between ranks.
        draw (Callable): Takes a number of images and returns as many rows, on the device of the
            images.

    Returns:
        Tensor: The rows that the main process has drawn for the images of this rank, [N, ...].
    """
    if get_world_size() == 1:
        return draw(len(images))
    total = torch.tensor(len(images), device=images.device)
    all_reduce(total)
    drawn = draw(int(total))
    broadcast(drawn)
    start = rows_before(images)
    return drawn[start:start + len(images)]


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
