"""Changes of brightness, contrast, saturation and hue, in an order of every image's own.

All changes but that of the hue blend an image with black, with its mean brightness or with the
brightness of every pixel. Around the hue's turn, which comes earlier or later, there are as many
slots before as after it; of every slot an image has the factor of the blend, and what is taken of
the pixel's and of the mean brightness (0 where the factor is 1: such a blend changes nothing).
"""

from collections.abc import Sequence
from functools import lru_cache

import torch

from .batched_colors import (
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
    pixel_matrices,
)

BLENDS = {'brightness': adjust_brightness, 'contrast': adjust_contrast,
          'saturation': adjust_saturation}
# Where red, green and blue begin on the colour circle of six sectors, turned backwards.
SECTORS = (5.0, 3.0, 1.0)


def jitter_width(kinds: Sequence[str]) -> int:
    """Return the number of parameters of an image, see :func:`jitter_parameters`."""
    return 6 * (len(kinds) - 1) + 3 if 'hue' in kinds else 3 * len(kinds)


def jitter_parameters(kinds: Sequence[str], strengths: torch.Tensor,
                      order: torch.Tensor) -> torch.Tensor:
    """Return what both ways to jitter need to know of every image.

    Args:
        kinds (Sequence[str]): K different ones of 'brightness', 'contrast', 'saturation' (their
            strengths are factors) and 'hue' (parts of the full circle).
        strengths (Tensor): Of each change, float [N, K].
        order (Tensor): Which change comes in each turn, int64 [N, K].

    Returns:
        Tensor: float [N, ``jitter_width(kinds)``]: factor, share of the pixel's and of the mean
        brightness of each slot, then the turns of the three channels on the colour circle.
    """
    factor = strengths.gather(1, order)
    of_pixel, of_mean = ((order == kinds.index(kind)) * (1 - factor) if kind in kinds
                         else torch.zeros_like(factor) for kind in ('saturation', 'contrast'))
    blends = torch.stack([factor, of_pixel, of_mean], dim=2)
    if 'hue' not in kinds:
        return blends.flatten(1)
    hue = kinds.index('hue')
    passed = (order == hue).cumsum(dim=1)[:, :, None]
    none = torch.tensor([1.0, 0.0, 0.0])
    before = torch.where(passed[:, :-1] == 0, blends[:, :-1], none)
    after = torch.where(passed[:, :-1] == 1, blends[:, 1:], none)
    turns = 6 * strengths[:, hue, None] + torch.tensor(SECTORS)
    return torch.cat([before.flatten(1), after.flatten(1), turns], dim=1)


def jitter_in_turn(images: torch.Tensor, kinds: Sequence[str],
                   parameters: torch.Tensor) -> torch.Tensor:
    """Change the colours of every image, of each slot the images concerned: for CPUs.

    Computes nothing in vain, in many small steps.

    Args:
        images (Tensor): RGB, float [N, 3, ...] in [0, 255]; changed in place.
        kinds (Sequence[str]): As in :func:`jitter_parameters`.
        parameters (Tensor): From there.

    Returns:
        Tensor: Of the shape of ``images``.
    """
    blends, turns = _split(kinds, parameters)
    factor, of_pixel, of_mean = blends.unbind(2)
    concerned = {'contrast': of_mean != 0, 'saturation': of_pixel != 0}
    concerned['brightness'] = (factor != 1) & ~(concerned['contrast'] | concerned['saturation'])
    changes = {kind: change for kind, change in BLENDS.items() if kind in kinds}
    rows = iter(())
    if changes:
        masks = torch.stack([concerned[kind].t() for kind in changes], dim=1)
        slot, _, image = masks.nonzero().unbind(1)
        counts = masks.sum(dim=2).flatten().tolist()
        rows = zip(image.split(counts), factor[image, slot].split(counts), strict=True)
    for step in _program(kinds):
        if step == 'hue':
            images = adjust_hue(images, (turns[:, 0] - SECTORS[0]) / 6)
            continue
        for change in changes.values():
            chosen, strengths = next(rows)
            if len(chosen):
                images.index_copy_(0, chosen, change(images.index_select(0, chosen), strengths))
    return images


def jitter_at_once(images: torch.Tensor, kinds: Sequence[str],
                   parameters: torch.Tensor) -> torch.Tensor:
    """Do what :func:`jitter_in_turn` does, to all images in every step: for GPUs.

    Computes blends that change nothing, in few steps whose sizes depend on no values. Products of
    3x3 matrices are exact in float32; TF32, which PyTorch does not use unless told to, would round
    by a tenth of a grey level.

    Args:
        images (Tensor): RGB, float [N, 3, H, W] in [0, 255].
        kinds (Sequence[str]): As in :func:`jitter_parameters`.
        parameters (Tensor): From there, on the device of the images.

    Returns:
        Tensor: Of the shape of ``images``.
    """
    blends, turns = _split(kinds, parameters)
    number, slots = blends.shape[:2]
    pixels = images.flatten(2)
    matrices = blends.bmm(_basis(images.device).expand(number, -1, -1))
    matrices = matrices.view(number, slots, 2, 3, 3)
    for slot in _program(kinds):
        if slot == 'hue':
            pixels = turned_hue(pixels, turns)
            continue
        of_pixels, of_mean = matrices[:, slot].unbind(1)
        if 'contrast' in kinds:
            mean = of_mean.bmm(pixels.mean(dim=2, keepdim=True))
            pixels = torch.baddbmm(mean, of_pixels, pixels).clamp_(0, 255)
        else:
            pixels = of_pixels.bmm(pixels).clamp_(0, 255)
    return pixels.view_as(images)


def turned_hue(pixels: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
    """Do what :func:`ltplug.ops.adjust_hue` does in few steps, for GPUs.

    Args:
        pixels (Tensor): RGB, float [N, 3, P].
        turns (Tensor): Sectors of the circle by which each channel turns, float [N, 3].

    Returns:
        Tensor: Of the shape of ``pixels``.
    """
    largest, channel = pixels.max(dim=1, keepdim=True)
    smallest = pixels.amin(dim=1, keepdim=True)
    spread = (largest - smallest).clamp_(min=1e-12)  # of grey pixels: any
    differences = _next_minus_last(pixels.device).expand(len(pixels), -1, -1).bmm(pixels)
    place = torch.addcdiv(turns[:, :, None], differences.gather(1, channel), spread)
    place = place.add_(channel, alpha=2).remainder_(6)
    # Each channel's share of the spread is a trapezoid over the circle.
    share = place.sub_(2).abs_().clamp_(1, 2)
    return torch.addcmul(smallest - spread, spread, share)


def _program(kinds: Sequence[str]) -> list[int | str]:
    """Return the slots of blends, and 'hue' where its turn is."""
    if 'hue' not in kinds:
        return list(range(len(kinds)))
    half = len(kinds) - 1
    return [*range(half), 'hue', *range(half, 2 * half)]


def _split(kinds: Sequence[str], parameters: torch.Tensor,
           ) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Return the blends, [N, slots, 3], and the turns of the channels, if any."""
    number = len(parameters)
    if 'hue' not in kinds:
        return parameters.view(number, -1, 3), None
    return parameters[:, :-3].view(number, 2 * (len(kinds) - 1), 3), parameters[:, -3:]


@lru_cache(maxsize=16)
def _basis(device: torch.device) -> torch.Tensor:
    """What makes two 3x3 matrices of a blend, for the pixel and for the mean: [3, 18]."""
    with torch.inference_mode(False):
        same, gray = pixel_matrices(device).flatten(1)
        none = torch.zeros_like(same)
        return torch.stack([torch.cat(row) for row in ((same, none), (gray, none), (none, gray))])


@lru_cache(maxsize=16)
def _next_minus_last(device: torch.device) -> torch.Tensor:
    """What makes green - blue, blue - red and red - green of a pixel, [3, 3]."""
    with torch.inference_mode(False):
        return torch.tensor([[0.0, 1, -1], [-1, 0, 1], [1, -1, 0]], device=device)
