"""Images in memory."""

import numpy as np
from PIL import Image

Picture = np.ndarray | Image.Image


def as_array(image: Picture, channel_order: str | None = None) -> tuple[np.ndarray, str]:
    """Return the pixels of an image in memory, and the order of their channels.

    Args:
        image (array or PIL image): uint8 [H, W], [H, W, 1] or [H, W, 3], or any PIL image.
        channel_order (str, optional): Of an array with three channels.

    Returns:
        tuple[np.ndarray, str]: uint8 [H, W] and 'gray', or uint8 [H, W, 3] and 'rgb' or 'bgr'.

    Raises:
        ValueError: If it is something else, or the order of its channels is not given.
    """
    if isinstance(image, Image.Image):
        return np.asarray(image.convert('RGB')), 'rgb'
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        found = f'an array of {image.dtype}' if hasattr(image, 'dtype') else type(image).__name__
        raise ValueError('Images are paths, PIL images or arrays uint8 [H, W, 3] or [H, W], but '
                         f'one is {found}.')
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[..., 0]
    if 0 in image.shape or not (image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)):
        raise ValueError(f'Images in arrays are [H, W, 3] or [H, W], but one is '
                         f'{list(image.shape)}.')
    if image.ndim == 2:
        return image, 'gray'
    if channel_order not in ('rgb', 'bgr'):
        raise ValueError("Arrays do not tell the order of their channels: pass channel_order='rgb' "
                         "(of PIL, torchvision, matplotlib) or channel_order='bgr' (of OpenCV).")
    return image, channel_order
