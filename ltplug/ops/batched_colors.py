"""Colour changes of a batch of RGB images, each image with a strength of its own.

All equal torchvision's functions of the same names, image by image, on float images; pillow's
and OpenCV's round to whole grey levels after each.
"""

from collections.abc import Sequence

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


CHANGES = {'brightness': adjust_brightness, 'contrast': adjust_contrast,
           'saturation': adjust_saturation, 'hue': adjust_hue}


def jitter_in_turn(images: torch.Tensor, kinds: Sequence[str], strengths: torch.Tensor,
                   order: torch.Tensor) -> torch.Tensor:
    """Change the colours of every image in an order of its own, of each turn the images concerned.

    Computes nothing twice, in many small steps: for CPUs.

    Args:
        images (Tensor): RGB, float [N, 3, ...] in [0, 255]; changed in place.
        kinds (Sequence[str]): K of ``CHANGES``.
        strengths (Tensor): Of each change, float [N, K] on the CPU.
        order (Tensor): Which change comes in each turn, int64 [N, K] on the CPU.

    Returns:
        Tensor: Of the shape of ``images``.
    """
    for turn in order.unbind(1):
        for index, kind in enumerate(kinds):
            chosen = (turn == index).nonzero()[:, 0]
            if len(chosen):
                strength = strengths[chosen, index]
                chosen = moved_to(chosen, images.device)
                images.index_copy_(0, chosen,
                                   CHANGES[kind](images.index_select(0, chosen), strength))
    return images


def jitter_at_once(images: torch.Tensor, kinds: Sequence[str], strengths: torch.Tensor,
                   order: torch.Tensor) -> torch.Tensor:
    """Do what :func:`jitter_in_turn` does, to all images in every step.

    Computes some changes that change nothing, in few large steps and after one transfer: for GPUs.
    All changes but that of the hue are blends with black, with the mean brightness or with the
    brightness of the pixel; so many turns come before the hue's, and as many after it.

    Args:
        images (Tensor): RGB, float [N, 3, H, W] in [0, 255].
        kinds (Sequence[str]): K of ``CHANGES``.
        strengths (Tensor): Of each change, float [N, K] on the CPU.
        order (Tensor): Which change comes in each turn, int64 [N, K] on the CPU.

    Returns:
        Tensor: Of the shape of ``images``.
    """
    number, turns = order.shape
    hue = kinds.index('hue') if 'hue' in kinds else None
    hue_turn = torch.full((number, 1), turns) if hue is None else (order == hue).int().argmax(
        dim=1, keepdim=True)
    blends = turns - (hue is not None)
    # of every blend: its factor, and what of its target the mean and the pixel's brightness are
    in_turn = strengths.gather(1, order)
    of_mean, of_pixel = ((order == kinds.index(kind)).float() if kind in kinds
                         else torch.zeros(number, turns) for kind in ('contrast', 'saturation'))
    turn = torch.arange(turns)
    parameters = [torch.stack([torch.where(mask, in_turn, 1), of_mean, of_pixel], dim=2)
                  for mask in (turn < hue_turn, turn > hue_turn)]
    shift = torch.zeros(number, 1) if hue is None else strengths[:, hue, None]
    packed = torch.cat([each.flatten(1) for each in parameters] + [shift], dim=1)
    packed = moved_to(packed, images.device, images.dtype)
    before, after = packed[:, :-1].view(number, 2, turns, 3, 1, 1, 1).unbind(1)
    for index in range(blends):
        images = _blend(images, *before[:, index].unbind(1))
    if hue is None:
        return images
    images = adjust_hue(images, packed[:, -1])
    for index in range(1, blends + 1):
        images = _blend(images, *after[:, index].unbind(1))
    return images


def _blend(images: torch.Tensor, factor: torch.Tensor, of_mean: torch.Tensor,
           of_pixel: torch.Tensor, bound: float = 255.0) -> torch.Tensor:
    """Blend every image with its target; factor 1 leaves it as it is."""
    brightness = grayscale(images)
    target = torch.addcmul(of_mean * brightness.mean(dim=(2, 3), keepdim=True),
                           of_pixel, brightness)
    return torch.addcmul((1 - factor) * target, images, factor).clamp_(0, bound)


def _per_image(values: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    return moved_to(values, images.device, images.dtype).view(-1, *[1] * (images.ndim - 1))
