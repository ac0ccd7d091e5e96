"""Blurs of a batch of images, each with a width of its own, as two matrix products."""

from functools import lru_cache

import torch

from .transfer import moved_to

# Narrower Gaussians are as narrow as this, which leaves images as they are.
SMALLEST_SIGMA = 1e-3


def gaussian_blurs(images: torch.Tensor, sigmas: torch.Tensor,
                   kernel_size: int | None = None) -> torch.Tensor:
    """Blur every image with a Gaussian of its own width.

    Args:
        images (Tensor): float [N, C, H, W].
        sigmas (Tensor): Standard deviations in pixels, float [N], not negative.
        kernel_size (int, optional): Pixels in each direction behind which the Gaussian is cut off,
            odd; outside of the image are its mirrored pixels, as in torchvision. Defaults to no
            end, and to repeated border pixels outside, as in pillow.

    Returns:
        Tensor: [N, C, H, W].

    Raises:
        ValueError: If the kernel size is even, or the mirrored image smaller than the kernel.
    """
    number, channels, height, width = images.shape
    if kernel_size is not None and not (
            kernel_size % 2 == 1 and 0 < kernel_size < 2 * min(height, width)):
        raise ValueError(f'The kernel_size of a blur of {height} x {width} pixels must be odd and '
                         f'below {2 * min(height, width)}, got {kernel_size}.')
    precisions = moved_to(sigmas, images.device, images.dtype).clamp(min=SMALLEST_SIGMA).pow(-2)
    down = _blur_matrices(height, precisions, kernel_size)
    across = down if width == height else _blur_matrices(width, precisions, kernel_size)
    lines = images.reshape(number, channels * height, width).bmm(across.transpose(1, 2))
    lines = lines.view(number, channels, height, width).transpose(1, 2)
    blurred = down.bmm(lines.reshape(number, height, channels * width))
    return blurred.view(number, height, channels, width).transpose(1, 2).contiguous()


def _blur_matrices(size: int, precisions: torch.Tensor, kernel_size: int | None) -> torch.Tensor:
    """What blurs a line of pixels, [N, size, size]."""
    exponents = _exponents(size, kernel_size, precisions.device, precisions.dtype)
    weights = (exponents * precisions[:, None, None]).exp_()
    weights /= weights.sum(dim=2, keepdim=True)
    before, inside, after = weights.split(size, dim=2)
    inside = inside.clone()
    if kernel_size is None:
        inside[:, :, 0] += before.sum(dim=2)
        inside[:, :, -1] += after.sum(dim=2)
    else:
        inside[:, :, 1:] += before.flip(2)[:, :, :-1]
        inside[:, :, :-1] += after.flip(2)[:, :, 1:]
    return inside


@lru_cache(maxsize=64)
def _exponents(size: int, kernel_size: int | None, device: torch.device,
               dtype: torch.dtype) -> torch.Tensor:
    """Those of a Gaussian of width 1, of pixels as far outside as the line is long, too."""
    with torch.inference_mode(False):
        pixels = torch.arange(-size, 2 * size, device=device, dtype=dtype)
        distances = pixels - pixels[size:2 * size, None]
        exponents = -0.5 * distances.square()
        if kernel_size is not None:
            exponents[distances.abs() > kernel_size // 2] = -torch.inf
        return exponents
