"""Blurs of a batch of images, each with a width of its own, as two matrix products."""

from functools import lru_cache

import torch

from .transfer import moved_to


def gaussian_blurs(images: torch.Tensor, sigmas: torch.Tensor) -> torch.Tensor:
    """Blur every image with a Gaussian of its own width; the border pixels are repeated outside.

    Args:
        images (Tensor): float [N, C, H, W].
        sigmas (Tensor): Standard deviations in pixels, float [N], positive.

    Returns:
        Tensor: [N, C, H, W].
    """
    number, channels, height, width = images.shape
    precisions = moved_to(sigmas, images.device, images.dtype).pow(-2)
    down = _blur_matrices(height, precisions)
    across = down if width == height else _blur_matrices(width, precisions)
    lines = images.reshape(number, channels * height, width).bmm(across.transpose(1, 2))
    lines = lines.view(number, channels, height, width).transpose(1, 2)
    blurred = down.bmm(lines.reshape(number, height, channels * width))
    return blurred.view(number, height, channels, width).transpose(1, 2).contiguous()


def _blur_matrices(size: int, precisions: torch.Tensor) -> torch.Tensor:
    """What blurs a line of pixels, [N, size, size]."""
    exponents = _exponents(size, precisions.device, precisions.dtype)
    weights = (exponents * precisions[:, None, None]).exp_()
    weights /= weights.sum(dim=2, keepdim=True)
    before, inside, after = weights.split(size, dim=2)
    inside = inside.clone()
    inside[:, :, 0] += before.sum(dim=2)
    inside[:, :, -1] += after.sum(dim=2)
    return inside


@lru_cache(maxsize=64)
def _exponents(size: int, device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    """Those of a Gaussian of width 1, of pixels as far outside as the line is long, too."""
    with torch.inference_mode(False):
        pixels = torch.arange(-size, 2 * size, device=device, dtype=dtype)
        return (pixels - pixels[size:2 * size, None]).square_().mul_(-0.5)
