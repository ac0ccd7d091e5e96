"""Colour changes of a batch of RGB images, each image with a strength of its own.

All equal torchvision's functions of the same names, image by image, on float images; pillow's
and OpenCV's round to whole grey levels after each.
"""

from functools import lru_cache

import torch

from .transfer import moved_to

LUMA = (0.2989, 0.587, 0.114)


def grayscale(images: torch.Tensor) -> torch.Tensor:
    """Return the brightness of every pixel (ITU-R 601-2).

    Args:
        images (Tensor): RGB, float [N, 3, ...].

    Returns:
        Tensor: [N, 1, ...].
    """
    red, green, blue = images.unbind(1)
    return (red * LUMA[0]).add_(green, alpha=LUMA[1]).add_(blue, alpha=LUMA[2]).unsqueeze(1)


def partly_gray(images: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
    """Blend every image with its brightness in two steps: share 1 makes it gray, 0 leaves it.

    Args:
        images (Tensor): RGB, float [N, 3, H, W].
        shares (Tensor): [N, 1], on the same device.

    Returns:
        Tensor: Of the shape of ``images``.
    """
    matrices = torch.lerp(*pixel_matrices(images.device), shares[:, :, None])
    return matrices.bmm(images.flatten(2)).view_as(images)


@lru_cache(maxsize=16)
def pixel_matrices(device: torch.device) -> torch.Tensor:
    """Return what keeps a pixel and what makes it gray, [2, 3, 3], made once for a device."""
    with torch.inference_mode(False):
        return torch.stack([torch.eye(3), torch.tensor(LUMA).repeat(3, 1)]).to(device)


def adjust_brightness(images: torch.Tensor, factors: torch.Tensor,
                      bound: float = 255.0) -> torch.Tensor:
    """Multiply every image by its factor.

    Args:
        images (Tensor): float [N, 3, ...] in [0, bound].
        factors (Tensor): [N], non-negative.
        bound (float): The value of white. Defaults to 255.

    Returns:
        Tensor: Of the shape of ``images``, in [0, bound].
    """
    return (images * _per_image(factors, images)).clamp_(0, bound)


def adjust_contrast(images: torch.Tensor, factors: torch.Tensor,
                    bound: float = 255.0) -> torch.Tensor:
    """Blend every image with its mean brightness: factor 0 gives a grey image, 1 the image.

    Args:
        images (Tensor): RGB, float [N, 3, ...] in [0, bound].
        factors (Tensor): [N], non-negative.
        bound (float): The value of white. Defaults to 255.

    Returns:
        Tensor: Of the shape of ``images``, in [0, bound].
    """
    mean = grayscale(images.flatten(2).mean(dim=2))[:, 0]
    factors, mean = (_per_image(each, images) for each in (factors, mean))
    return torch.addcmul((1 - factors) * mean, images, factors).clamp_(0, bound)


def adjust_saturation(images: torch.Tensor, factors: torch.Tensor,
                      bound: float = 255.0) -> torch.Tensor:
    """Blend every pixel with its brightness: factor 0 gives a grayscale image, 1 the image.

    Args:
        images (Tensor): RGB, float [N, 3, ...] in [0, bound].
        factors (Tensor): [N], non-negative.
        bound (float): The value of white. Defaults to 255.

    Returns:
        Tensor: Of the shape of ``images``, in [0, bound].
    """
    factors = _per_image(factors, images)
    return torch.addcmul(grayscale(images).mul_(1 - factors), images, factors).clamp_(0, bound)


def adjust_hue(images: torch.Tensor, shifts: torch.Tensor) -> torch.Tensor:
    """Turn every pixel's hue on the colour circle, keeping its largest and smallest channel.

    Args:
        images (Tensor): RGB, float [N, 3, ...].
        shifts (Tensor): Parts of the full circle, [N].

    Returns:
        Tensor: Of the shape of ``images``.
    """
    red, green, blue = images.unbind(1)
    largest = torch.maximum(torch.maximum(red, green), blue)
    smallest = torch.minimum(torch.minimum(red, green), blue)
    spread = largest - smallest
    per_spread = torch.where(spread > 0, spread, 1).reciprocal_()
    hue = torch.where(largest == red, (green - blue).mul_(per_spread),
                      torch.where(largest == green, (blue - red).mul_(per_spread).add_(2),
                                  (red - green).mul_(per_spread).add_(4)))
    hue.div_(6).add_(_per_image(shifts, hue))
    hue.sub_(hue.floor()).mul_(6)
    # Each channel's share of the spread is a trapezoid over the circle of six sectors.
    turned = torch.empty_like(images)
    for channel, (centre, sign, offset) in enumerate(((3, 1, -1), (2, -1, 2), (4, -1, 2))):
        share = (hue - centre).abs_().mul_(sign).add_(offset).clamp_(0, 1)
        torch.addcmul(smallest, spread, share, out=turned[:, channel])
    return turned


def _per_image(values: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    return moved_to(values, images.device, images.dtype).view(-1, *[1] * (images.ndim - 1))
