"""Crops of a batch of images, each resized and flipped in its own way, as two matrix products."""

import torch

from .transfer import moved_to

FILTERS = ('bilinear', 'bicubic')


def resampling_matrices(starts: torch.Tensor,
                        lengths: torch.Tensor,
                        in_size: int,
                        out_size: int,
                        interpolation: str = 'bilinear',
                        antialias: bool = True,
                        flip: torch.Tensor | None = None) -> torch.Tensor:
    """Return what takes a line of pixels to a resized part of it, for every image of a batch.

    The convention is pillow's and torchvision's: pixel centres lie at halves, the part is cut out
    before it is resized, and with antialiasing a filter that shrinks widens by the same factor.
    A row of the part that lies outside the image is zero.

    Args:
        starts (Tensor): First pixel of the part, int or float [N]; negative where it starts
            outside the image.
        lengths (Tensor): Pixels of the part, int or float [N], positive.
        in_size (int): Pixels of a line.
        out_size (int): Pixels of a resized part.
        interpolation (str): 'bilinear' or 'bicubic' (a = -0.5, as pillow's).
            Defaults to 'bilinear'.
        antialias (bool): Whether shrinking averages. Defaults to True.
        flip (Tensor, optional): Which parts are mirrored, bool [N].

    Returns:
        Tensor: float32 [N, out_size, in_size].

    Raises:
        ValueError: If the interpolation is unknown.

    Example:
        >>> resampling_matrices(torch.tensor([1]), torch.tensor([2]), 4, 2)[0]
        tensor([[0., 1., 0., 0.],
                [0., 0., 1., 0.]])
    """
    if interpolation not in FILTERS:
        raise ValueError(f'interpolation must be one of {", ".join(FILTERS)}, got '
                         f'{interpolation!r}.')
    starts, lengths = (each.to(torch.float32)[:, None, None] for each in (starts, lengths))
    scale = lengths / out_size
    rows = torch.arange(out_size, device=starts.device, dtype=torch.float32)[None, :, None]
    if flip is not None:
        rows = torch.where(moved_to(flip, starts.device)[:, None, None], out_size - 1 - rows, rows)
    pixels = torch.arange(in_size, device=starts.device, dtype=torch.float32) + 0.5
    distance = (pixels - (starts + (rows + 0.5) * scale)).abs_()
    if antialias:
        distance /= scale.clamp(min=1)
    weights = _triangle(distance) if interpolation == 'bilinear' else _cubic(distance)
    weights *= (pixels > starts) & (pixels < starts + lengths)
    total = weights.sum(dim=2, keepdim=True)
    return weights.div_(torch.where(total > 0, total, 1))


def _triangle(distance: torch.Tensor) -> torch.Tensor:
    return distance.neg_().add_(1).clamp_(min=0)


def _cubic(distance: torch.Tensor, a: float = -0.5) -> torch.Tensor:
    near = ((a + 2) * distance - (a + 3)) * distance * distance + 1
    far = a * (((distance - 5) * distance + 8) * distance - 4)
    return torch.where(distance < 1, near, far).masked_fill_(distance >= 2, 0)


def resized_crops(images: torch.Tensor,
                  boxes: torch.Tensor,
                  size: tuple[int, int],
                  interpolation: str = 'bilinear',
                  antialias: bool = True,
                  flip: torch.Tensor | None = None) -> torch.Tensor:
    """Cut a box out of every image, resize it, and mirror some.

    Equal to torchvision's ``resized_crop`` and ``hflip`` image by image; where a box leaves the
    image the result is 0.

    Args:
        images (Tensor): Of any real dtype [N, C, H, W].
        boxes (Tensor): x1, y1, x2, y2 in pixels, int or float [N, 4].
        size (tuple[int, int]): Height and width of the result.
        interpolation (str): 'bilinear' or 'bicubic'. Defaults to 'bilinear'.
        antialias (bool): Whether shrinking averages. Defaults to True.
        flip (Tensor, optional): Which images are mirrored left to right, bool [N].

    Returns:
        Tensor: float32 [N, C, size[0], size[1]], contiguous.
    """
    number, channels, height, width = images.shape
    boxes = moved_to(boxes, images.device)
    across = resampling_matrices(boxes[:, 0], boxes[:, 2] - boxes[:, 0], width, size[1],
                                 interpolation, antialias, flip)
    down = resampling_matrices(boxes[:, 1], boxes[:, 3] - boxes[:, 1], height, size[0],
                               interpolation, antialias)
    # With the channels behind the rows both directions are one product per image.
    lines = images.permute(0, 2, 1, 3).to(torch.float32, memory_format=torch.contiguous_format)
    lines = lines.reshape(number, height * channels, width).bmm(across.transpose(1, 2))
    crops = down.bmm(lines.view(number, height, channels * size[1]))
    return crops.view(number, size[0], channels, size[1]).transpose(1, 2).contiguous()


def gaussian_blurs(images: torch.Tensor, sigmas: torch.Tensor) -> torch.Tensor:
    """Blur every image with a Gaussian of its own width; the border pixels are repeated outside.

    Args:
        images (Tensor): float [N, C, H, W].
        sigmas (Tensor): Standard deviations in pixels, float [N], positive.

    Returns:
        Tensor: [N, C, H, W].
    """
    number, channels, height, width = images.shape
    sigmas = moved_to(sigmas, images.device, images.dtype)
    down, across = (_blur_matrices(size, sigmas) for size in (height, width))
    lines = images.reshape(number, channels * height, width).bmm(across.transpose(1, 2))
    lines = lines.view(number, channels, height, width).transpose(1, 2)
    blurred = down.bmm(lines.reshape(number, height, channels * width))
    return blurred.view(number, height, channels, width).transpose(1, 2).contiguous()


def _blur_matrices(size: int, sigmas: torch.Tensor) -> torch.Tensor:
    """What blurs a line of pixels, [N, size, size]."""
    pad = size
    pixels = torch.arange(-pad, size + pad, device=sigmas.device, dtype=sigmas.dtype)
    distance = pixels - pixels[pad:pad + size, None]
    weights = torch.exp(-0.5 * (distance / sigmas[:, None, None])**2)
    weights /= weights.sum(dim=2, keepdim=True)
    inside = weights[:, :, pad:pad + size].clone()
    inside[:, :, 0] += weights[:, :, :pad].sum(dim=2)
    inside[:, :, -1] += weights[:, :, pad + size:].sum(dim=2)
    return inside
