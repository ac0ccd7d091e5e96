"""Boxes of the patches of an image (DSCL)."""

from collections.abc import Sequence

import numpy as np

BOX_MODES = ('area', 'side')


def draw_patch_boxes(height: int,
                     width: int,
                     number: int,
                     scale: Sequence[float] = (0.05, 0.6),
                     aspect_ratio: Sequence[float] = (3 / 4, 4 / 3),
                     mode: str = 'area') -> np.ndarray:
    """Draw boxes inside an image from numpy's global random stream.

    'area' is the rule of torchvision's ``RandomResizedCrop``, used by the released code of DSCL:
    the scale is a share of the area, the aspect ratio is uniform in its logarithm. 'side' is
    algorithm 1 of the supplement: the scale s is a share of the width, the height is s r of the
    image's with r uniform. Both place the box uniformly; a side beyond the image's is shortened.

    Args:
        height (int): Of the image.
        width (int): Of the image.
        number (int): Boxes L.
        scale (Sequence[float]): Smallest and largest scale. Defaults to (0.05, 0.6).
        aspect_ratio (Sequence[float]): Smallest and largest ratio, of width to height ('area') or
            of the relative height to the relative width ('side'). Defaults to (3/4, 4/3).
        mode (str): 'area' or 'side'. Defaults to 'area'.

    Returns:
        np.ndarray: x1, y1, x2, y2 in whole pixels, int64 [L, 4].
    """
    share = np.random.uniform(*scale, number)
    if mode == 'area':
        ratio = np.exp(np.random.uniform(*np.log(aspect_ratio), number))
        area = share * height * width
        sides = np.sqrt(area * ratio), np.sqrt(area / ratio)
    else:
        sides = share * width, share * np.random.uniform(*aspect_ratio, number) * height
    w, h = (side.round().clip(1, limit).astype(np.int64)
            for side, limit in zip(sides, (width, height), strict=True))
    y, x = np.random.randint(height - h + 1), np.random.randint(width - w + 1)
    return np.stack([x, y, x + w, y + h], axis=1)


def check_patch_arguments(num_patches: int, patch_size: int, patch_scale: Sequence[float],
                          aspect_ratio: Sequence[float], box_mode: str) -> None:
    """Raise a ValueError if an argument of :class:`GlobalPatchViews` is out of range."""
    if num_patches < 0 or patch_size < 1:
        raise ValueError('num_patches must be at least 0 and patch_size at least 1, got '
                         f'{num_patches} and {patch_size}.')
    if not 0 < patch_scale[0] <= patch_scale[1] <= 1:
        raise ValueError('patch_scale must be two ascending numbers in (0, 1], got '
                         f'{tuple(patch_scale)}.')
    if not 0 < aspect_ratio[0] <= aspect_ratio[1]:
        raise ValueError('aspect_ratio must be two ascending positive numbers, got '
                         f'{tuple(aspect_ratio)}.')
    if box_mode not in BOX_MODES:
        raise ValueError(f'box_mode must be one of {", ".join(BOX_MODES)}, got {box_mode!r}.')
