"""Batch norm statistics that tell nothing about who is whose key."""

from collections.abc import Callable

import torch
from mmengine.dist import broadcast, get_world_size

from ltplug.utils import gather_rows


@torch.no_grad()
def encode_shuffled(encode: Callable[[torch.Tensor], torch.Tensor],
                    images: torch.Tensor) -> torch.Tensor:
    """Encode images on other ranks than their own, chosen at random.

    He et al., "Momentum Contrast for Unsupervised Visual Representation Learning", 2020, section
    3.3 (shuffling BN). Unlike mmpretrain's ``batch_shuffle_ddp``, ranks may have shares of
    different size. With one process the images are encoded as they are.

    Args:
        encode (Callable): Takes images [N, ...] and returns features [N, D].
        images (Tensor): This rank's images.

    Returns:
        Tensor: This rank's features, in the order of its images.
    """
    if get_world_size() == 1:
        return encode(images)
    (everything, ), start = gather_rows(images)
    order = torch.randperm(len(everything))
    broadcast(order, src=0)
    order = order.to(images.device)
    own = slice(start, start + len(images))
    (features, ), _ = gather_rows(encode(everything[order[own]]))
    return features[order.argsort()[own]]
