"""Boxes and affine maps drawn for a whole batch, from torch's global random stream on the CPU."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F

from .transfer import moved_to

MAX_ATTEMPTS = 10


def draw_crop_boxes(number: int,
                    height: int,
                    width: int,
                    scale: Sequence[float] = (0.08, 1.0),
                    ratio: Sequence[float] = (3 / 4, 4 / 3)) -> torch.Tensor:
    """Draw the boxes of ``RandomResizedCrop``, torchvision's and mmpretrain's alike.

    The area is uniform, the aspect ratio uniform in its logarithm; of ten attempts the first that
    fits inside the image counts, else the largest central box of an allowed ratio.

    Args:
        number (int): Boxes N.
        height (int): Of the images.
        width (int): Of the images.
        scale (Sequence[float]): Smallest and largest share of the image's area.
            Defaults to (0.08, 1.0).
        ratio (Sequence[float]): Smallest and largest ratio of width to height.
            Defaults to (3/4, 4/3).

    Returns:
        Tensor: x1, y1, x2, y2 in whole pixels, int64 [N, 4].
    """
    area = height * width * torch.empty(number, MAX_ATTEMPTS).uniform_(*scale)
    low, high = torch.tensor(ratio).log().tolist()
    shape = torch.empty(number, MAX_ATTEMPTS).uniform_(low, high).exp_()
    widths = (area * shape).sqrt_().round_().long()
    heights = (area / shape).sqrt_().round_().long()
    fits = (widths > 0) & (widths <= width) & (heights > 0) & (heights <= height)
    first = fits.int().argmax(dim=1, keepdim=True)
    w, h = (sides.gather(1, first)[:, 0] for sides in (widths, heights))
    y, x = ((torch.rand(number) * (limit - side + 1)).long()
            for limit, side in ((height, h), (width, w)))
    boxes = torch.stack([x, y, x + w, y + h], dim=1)
    boxes[~fits.any(dim=1)] = torch.tensor(_central_box(height, width, ratio))
    return boxes


def _central_box(height: int, width: int, ratio: Sequence[float]) -> tuple[int, ...]:
    w, h = width, height
    if width / height < min(ratio):
        h = round(width / min(ratio))
    elif width / height > max(ratio):
        w = round(height * max(ratio))
    x, y = (width - w) // 2, (height - h) // 2
    return x, y, x + w, y + h


def affine_images(images: torch.Tensor,
                  angles: torch.Tensor,
                  shifts: torch.Tensor,
                  scales: torch.Tensor,
                  shears: torch.Tensor,
                  interpolation: str = 'nearest') -> torch.Tensor:
    """Rotate every image about its centre, shear, scale and shift it; outside of it is 0.

    Equal to torchvision's ``affine`` image by image.

    Args:
        images (Tensor): float [N, C, H, W].
        angles (Tensor): Clockwise degrees, [N].
        shifts (Tensor): To the right and down in pixels, [N, 2].
        scales (Tensor): Factors, [N], positive.
        shears (Tensor): Degrees along x and y, [N, 2].
        interpolation (str): 'nearest' or 'bilinear'. Defaults to 'nearest'.

    Returns:
        Tensor: [N, C, H, W].
    """
    maps = affine_maps(angles, shifts, scales, shears, *images.shape[-2:])
    return mapped_images(images, moved_to(maps, images.device, images.dtype), interpolation)


def affine_maps(angles: torch.Tensor, shifts: torch.Tensor, scales: torch.Tensor,
                shears: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Return where the pixels of :func:`affine_images` come from.

    Args:
        angles (Tensor): As there, like the next three.
        shifts (Tensor): float [N, 2].
        scales (Tensor): [N].
        shears (Tensor): [N, 2].
        height (int): Of the images.
        width (int): Of the images.

    Returns:
        Tensor: float [N, 2, 3], for torch's ``affine_grid``.
    """
    turn = torch.deg2rad(angles)
    shear_x, shear_y = torch.deg2rad(shears).unbind(1)
    lean = turn - shear_y
    # The inverse of rotation after shear, of determinant 1 before it is scaled.
    inverse = torch.stack([
        turn.cos() - lean.sin() * shear_x.tan() / shear_y.cos(),
        turn.sin() + lean.cos() * shear_x.tan() / shear_y.cos(),
        -lean.sin() / shear_y.cos(),
        lean.cos() / shear_y.cos(),
    ], dim=1).view(-1, 2, 2) / scales[:, None, None]
    back = inverse @ -shifts[:, :, None]
    # From pixels to the [-1, 1] of grid_sample, whose two axes have different lengths.
    size = moved_to(torch.tensor([width, height]), back.device, back.dtype)
    return torch.cat([inverse * size / size[:, None], 2 * back / size[:, None]], dim=2)


def mapped_images(images: torch.Tensor, maps: torch.Tensor,
                  interpolation: str = 'nearest') -> torch.Tensor:
    """Take the pixels of every image from other places; outside of it is 0.

    Args:
        images (Tensor): float [N, C, H, W].
        maps (Tensor): From :func:`affine_maps`, on the same device.
        interpolation (str): 'nearest' or 'bilinear'. Defaults to 'nearest'.

    Returns:
        Tensor: [N, C, H, W].
    """
    grid = F.affine_grid(maps, list(images.shape), align_corners=False)
    if interpolation == 'nearest':
        return F.grid_sample(images, grid, mode='nearest', align_corners=False)
    # As torchvision: a border pixel is blended with the fill by how much of it is inside.
    inside = torch.ones_like(images[:, :1])
    moved = F.grid_sample(torch.cat([images, inside], dim=1), grid, mode='bilinear',
                          align_corners=False)
    return moved[:, :-1] * moved[:, -1:]
