"""Boxes on feature maps, and what a map resembles where."""

import torch
import torch.nn.functional as F
from torchvision.ops import roi_align

from .transfer import moved_to


def pool_patches(feature_map: torch.Tensor, boxes: torch.Tensor, image_size: tuple[int, int],
                 output_size: int = 2) -> torch.Tensor:
    """Cut boxes of images out of their feature maps, each resampled to a small map.

    The ROI pooling of DSCL (Xuan and Zhang, 2024, eq. 11) as its released code has it:
    torchvision's ``roi_align`` with ``aligned=False``, which widens boxes of less than a cell to
    one cell. The scale follows from the sizes.

    Args:
        feature_map (Tensor): [N, C, h, w].
        boxes (Tensor): x1, y1, x2, y2 in pixels of the image, [N, L, 4].
        image_size (tuple[int, int]): Height and width of the images.
        output_size (int): Height and width O of the small maps. Defaults to 2.

    Returns:
        Tensor: [N, L, C, O, O], of the map's type.

    Raises:
        ValueError: If the shapes do not fit.
    """
    if feature_map.ndim != 4 or boxes.shape[::2] != (len(feature_map), 4):
        raise ValueError('Patches are cut out of maps [N, C, h, w] by boxes [N, L, 4], got '
                         f'{tuple(feature_map.shape)} and {tuple(boxes.shape)}: use a backbone '
                         'whose last output is a feature map.')
    scale = [of_map / of_image for of_map, of_image in
             zip(feature_map.shape[:1:-1], image_size[::-1], strict=True)]
    scales = moved_to(torch.tensor(scale * 2), boxes.device, feature_map.dtype)
    cells = boxes.to(feature_map.dtype) * scales
    # one tensor, as torchvision would turn a list into one box by box
    images = torch.arange(len(cells), device=cells.device, dtype=cells.dtype)
    cells = torch.cat([images[:, None, None].expand(-1, cells.shape[1], 1), cells], dim=2)
    return roi_align(feature_map, cells.flatten(0, 1), output_size).unflatten(0, boxes.shape[:2])


def salient_boxes(feature_map: torch.Tensor, image_size: tuple[int, int],
                  share: float = 0.5) -> torch.Tensor:
    """Return the box of each image where its features are longest in the mean.

    Boxes are aligned with the cells of the map and have a side of ``share`` of the image's, at
    least one cell. Of equal ones the first in reading order is taken.

    Args:
        feature_map (Tensor): [N, C, h, w].
        image_size (tuple[int, int]): Height and width of the images.
        share (float): Sides of the box relative to those of the image, in (0, 1].
            Defaults to 0.5.

    Returns:
        Tensor: x1, y1, x2, y2 in pixels of the image, float [N, 1, 4].

    Raises:
        ValueError: If the share is out of range.
    """
    if not 0 < share <= 1:
        raise ValueError(f'share must lie in (0, 1], got {share}.')
    sides = feature_map.shape[2:]
    window = [max(round(share * side), 1) for side in sides]
    lengths = feature_map.norm(dim=1, keepdim=True)
    means = F.avg_pool2d(lengths, window, stride=1)
    best = means.flatten(1).argmax(dim=1)
    top, left = best // means.shape[3], best % means.shape[3]
    cells = torch.stack([left, top, left + window[1], top + window[0]], dim=1)
    pixels = [of_image / of_map for of_map, of_image in zip(sides, image_size, strict=True)]
    return (cells * cells.new_tensor(pixels[::-1] * 2, dtype=feature_map.dtype))[:, None]


def response_maps(features: torch.Tensor, cells: torch.Tensor,
                  image_size: tuple[int, int]) -> torch.Tensor:
    """Return how far every place of an image resembles a feature (DSCL, figure 4).

    Args:
        features (Tensor): Unit vectors, [N, D].
        cells (Tensor): Unit vectors of the cells of a map, [N, D, h, w].
        image_size (tuple[int, int]): Height H and width W of the images.

    Returns:
        Tensor: Cosines, interpolated between the centres of cells, [N, H, W].
    """
    cosines = torch.einsum('nd,ndhw->nhw', features, cells)
    return F.interpolate(cosines[:, None], size=image_size, mode='bilinear')[:, 0]
