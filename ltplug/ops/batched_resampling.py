"""Crops of a batch of images, each resized and flipped in its own way, as two matrix products."""

from functools import lru_cache

import torch
import torch.nn.functional as F

from .transfer import moved_to

# How many pixels away a filter ends.
FILTERS = {'bilinear': 1, 'bicubic': 2}
# Pixels outside the part are moved away by so many times their distance from it.
OUTSIDE = 1e6


def line_parameters(starts: torch.Tensor,
                    lengths: torch.Tensor,
                    out_size: int,
                    interpolation: str = 'bilinear',
                    antialias: bool = True,
                    flip: torch.Tensor | None = None) -> torch.Tensor:
    """Return what :func:`line_matrices` needs to know of every line.

    The distance of pixel p from the centre of the result's pixel r, as a share of what the filter
    reaches, is ``|first + step r + inverse p|``; of the part are the pixels from low to high.

    Args:
        starts (Tensor): First pixel of the part, int or float [N]; negative where it starts
            outside the image.
        lengths (Tensor): Pixels of the part, int or float [N], positive.
        out_size (int): Pixels of the resized part.
        interpolation (str): 'bilinear' or 'bicubic'. Defaults to 'bilinear'.
        antialias (bool): Whether shrinking averages. Defaults to True.
        flip (Tensor, optional): Which parts are mirrored, bool [N].

    Returns:
        Tensor: float32 [N, 5]: first, step, inverse, low, high.

    Raises:
        ValueError: If the interpolation is unknown.
    """
    if interpolation not in FILTERS:
        raise ValueError(f'interpolation must be one of {", ".join(FILTERS)}, got '
                         f'{interpolation!r}.')
    starts, lengths = starts.to(torch.float32), lengths.to(torch.float32)
    scale = lengths / out_size
    low = starts - 0.5
    high = low + lengths
    width = scale.clamp(min=1) if antialias else torch.ones_like(scale)
    inverse = width.mul_(FILTERS[interpolation]).reciprocal_()
    half = scale / 2
    first = low + half
    if flip is not None:
        flip = moved_to(flip, starts.device)
        first, scale = torch.where(flip, high - half, first), torch.where(flip, -scale, scale)
    return torch.stack([-first * inverse, -scale * inverse, inverse, low, high], dim=1)


def line_matrices(parameters: torch.Tensor, in_size: int, out_size: int,
                  interpolation: str = 'bilinear') -> torch.Tensor:
    """Return what takes a line of pixels to a resized part of it.

    Args:
        parameters (Tensor): From :func:`line_parameters`, float32 [..., 5].
        in_size (int): Pixels of a line.
        out_size (int): Pixels of a resized part.
        interpolation (str): 'bilinear' or 'bicubic', as there. Defaults to 'bilinear'.

    Returns:
        Tensor: float32 [..., out_size, in_size].
    """
    first, step, inverse, low, high = parameters[..., None, None].unbind(-3)
    pixels, rows = (whole_numbers(size, parameters.device) for size in (in_size, out_size))
    pixels = torch.lerp(torch.clamp(pixels, low, high), pixels, OUTSIDE)
    centres = torch.addcmul(first, step, rows[:, None])
    weights = (1 - torch.addcmul(centres, inverse, pixels).abs_()).clamp_(min=0)
    if interpolation == 'bicubic':
        weights = _cubic(weights)
    total = weights.sum(dim=-1, keepdim=True)
    return weights.div_(F.threshold(total, 0, 1))


def _cubic(near: torch.Tensor) -> torch.Tensor:
    """Return a quarter of the cubic filter (a = -0.5) from 1 - distance / 2, cut off at 0."""
    lobe = near - 0.5
    centre = lobe.clamp(min=0)
    square = centre.square()
    return square.addcmul(square, centre, value=-4).addcmul_(lobe, near.square_())


@lru_cache(maxsize=256)
def whole_numbers(size: int, device: torch.device) -> torch.Tensor:
    """Return 0 to size - 1 as float32, made once for a device."""
    with torch.inference_mode(False):
        return torch.arange(size, dtype=torch.float32, device=device)


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
    parameters = line_parameters(starts, lengths, out_size, interpolation, antialias, flip)
    return line_matrices(parameters, in_size, out_size, interpolation)


def crop_parameters(boxes: torch.Tensor,
                    size: tuple[int, int],
                    interpolation: str = 'bilinear',
                    antialias: bool = True,
                    flip: torch.Tensor | None = None) -> torch.Tensor:
    """Return what :func:`crops_of` needs to know of every crop.

    Args:
        boxes (Tensor): x1, y1, x2, y2 in pixels, int or float [R, 4].
        size (tuple[int, int]): Height and width of the result.
        interpolation (str): 'bilinear' or 'bicubic'. Defaults to 'bilinear'.
        antialias (bool): Whether shrinking averages. Defaults to True.
        flip (Tensor, optional): Which crops are mirrored left to right, bool [R].

    Returns:
        Tensor: float32 [R, 10], on the device of the boxes.
    """
    starts, lengths = boxes[:, :2], boxes[:, 2:] - boxes[:, :2]
    return torch.cat([
        line_parameters(starts[:, 0], lengths[:, 0], size[1], interpolation, antialias, flip),
        line_parameters(starts[:, 1], lengths[:, 1], size[0], interpolation, antialias)], dim=1)


def crops_of(images: torch.Tensor, parameters: torch.Tensor, size: tuple[int, int],
             interpolation: str = 'bilinear') -> torch.Tensor:
    """Cut one or several parts out of every image and resize them.

    Args:
        images (Tensor): Of any real dtype [N, C, H, W].
        parameters (Tensor): From :func:`crop_parameters`, float32 [K * N, 10] on the same device:
            first one part of every image, then another one of each.
        size (tuple[int, int]): Height and width of the result, as there.
        interpolation (str): 'bilinear' or 'bicubic', as there. Defaults to 'bilinear'.

    Returns:
        Tensor: float32 [K * N, C, size[0], size[1]], contiguous.
    """
    number, channels, height, width = images.shape
    parts = len(parameters) // number
    parameters = parameters.view(parts, number, 2, 5).permute(2, 1, 0, 3)
    if parts > 1:
        parameters = parameters.contiguous()
    if (height, size[0]) == (width, size[1]):
        across, down = line_matrices(parameters, width, size[1], interpolation)
    else:
        across, down = (line_matrices(each, *sizes, interpolation) for each, sizes in zip(
            parameters, ((width, size[1]), (height, size[0])), strict=True))
    across = across.reshape(number, parts * size[1], width)
    down = down.reshape(number * parts, size[0], height)
    # With the channels behind the rows both directions are one product per image.
    lines = images.permute(0, 2, 1, 3).to(torch.float32, memory_format=torch.contiguous_format)
    lines = lines.reshape(number, height * channels, width).bmm(across.transpose(1, 2))
    lines = lines.view(number, height, channels, parts, size[1]).permute(0, 3, 1, 2, 4)
    crops = down.bmm(lines.reshape(number * parts, height, channels * size[1]))
    crops = crops.view(number, parts, size[0], channels, size[1]).permute(1, 0, 3, 2, 4)
    return crops.contiguous().view(parts * number, channels, *size)


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
        boxes (Tensor): x1, y1, x2, y2 in pixels, int or float [K * N, 4]; with K > 1 first one of
            every image, then another one of each.
        size (tuple[int, int]): Height and width of the result.
        interpolation (str): 'bilinear' or 'bicubic'. Defaults to 'bilinear'.
        antialias (bool): Whether shrinking averages. Defaults to True.
        flip (Tensor, optional): Which crops are mirrored left to right, bool [K * N].

    Returns:
        Tensor: float32 [K * N, C, size[0], size[1]], contiguous.
    """
    parameters = crop_parameters(boxes, size, interpolation, antialias, flip)
    return crops_of(images, moved_to(parameters, images.device), size, interpolation)
