"""Random numbers for the images of a joint batch, the same for any number of processes."""

from collections.abc import Callable

import torch
from mmengine.dist import all_reduce, broadcast, get_world_size

from ltplug.utils import hash_seed
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


def normal_jointly(images: torch.Tensor) -> torch.Tensor:
    """Draw normal noise for every image of the joint batch, the same for any number of processes.

    Every image has a seed of its own, by its position in the joint batch, so that noise as large
    as the images need not be sent around.

    Args:
        images (Tensor): Images of this rank, floats [N, ...]; N may differ between ranks.

    Returns:
        Tensor: Of the same shape, type and device.
    """
    seed = torch.randint(1 << 62, (1, ))
    broadcast(seed)
    first, generator = rows_before(images), torch.Generator(images.device)
    noise = torch.empty_like(images)
    for position, row in enumerate(noise, first):
        row.normal_(generator=generator.manual_seed(hash_seed(int(seed), position)))
    return noise
