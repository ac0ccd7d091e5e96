"""Boxes on feature maps."""

import torch
from torchvision.ops import roi_align


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
    cells = boxes.to(feature_map.dtype) * boxes.new_tensor(scale * 2, dtype=feature_map.dtype)
    return roi_align(feature_map, list(cells), output_size).unflatten(0, boxes.shape[:2])
