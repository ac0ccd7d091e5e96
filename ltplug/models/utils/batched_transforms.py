"""Random transforms of whole batches.

Every image of a batch draws its own randomness, from torch's global stream on the CPU, so that a
GPU makes the same choices as a CPU.
"""

from collections.abc import Callable, Sequence

import torch

from ltplug.ops import batched_colors as colors
from ltplug.ops.batched_crops import affine_images, draw_crop_boxes
from ltplug.ops.batched_resampling import FILTERS, gaussian_blurs, resized_crops
from ltplug.ops.transfer import moved_to

BatchedTransform = Callable[[torch.Tensor], torch.Tensor]


def _uniform(number: int, low: float, high: float) -> torch.Tensor:
    return torch.empty(number).uniform_(low, high)


def change_some(images: torch.Tensor, prob: float, change: BatchedTransform) -> torch.Tensor:
    """Change each image with a probability.

    Args:
        images (Tensor): [N, 3, H, W]; changed in place where not all are chosen.
        prob (float): Probability of each image.
        change (Callable): Gives new images of the same size, that share no memory.

    Returns:
        Tensor: [N, 3, H, W].
    """
    chosen = (torch.rand(len(images)) < prob).nonzero()[:, 0]
    if len(chosen) == len(images):
        return change(images)
    if len(chosen):
        chosen = moved_to(chosen, images.device)
        images.index_copy_(0, chosen, change(images.index_select(0, chosen)))
    return images


class BatchedResizedCrop:
    """``RandomResizedCrop``: a random part of every image, resized.

    Args:
        size (int or Sequence[int]): Height and width of the result.
        scale (Sequence[float]): Smallest and largest share of the area.
        ratio (Sequence[float]): Smallest and largest ratio of width to height.
        interpolation (str): 'bilinear' or 'bicubic'.
        antialias (bool): Whether shrinking averages.
    """

    def __init__(self, size: int | Sequence[int], scale: Sequence[float], ratio: Sequence[float],
                 interpolation: str, antialias: bool) -> None:
        if interpolation not in FILTERS:
            raise ValueError(f'Batched crops are {" or ".join(FILTERS)}, got {interpolation!r}.')
        self.size = (size, size) if isinstance(size, int) else tuple(size)
        self.scale, self.ratio = scale, ratio
        self.interpolation, self.antialias = interpolation, antialias

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Transform RGB images, float [N, 3, H, W] in [0, 255]."""
        boxes = draw_crop_boxes(len(images), *images.shape[-2:], self.scale, self.ratio)
        crops = resized_crops(images, boxes, self.size, self.interpolation, self.antialias)
        return crops.clamp_(0, 255) if self.interpolation == 'bicubic' else crops


class BatchedCrop:
    """``RandomCrop``: every image padded by zeros and cut at a random place.

    Args:
        size (int or Sequence[int]): Height and width of the result.
        padding (int): Pixels on every side.
    """

    def __init__(self, size: int | Sequence[int], padding: int) -> None:
        self.size = (size, size) if isinstance(size, int) else tuple(size)
        self.padding = padding

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Transform RGB images, float [N, 3, H, W] in [0, 255]."""
        starts = [torch.randint(-self.padding, side + self.padding - size + 1, (len(images),))
                  for side, size in zip(images.shape[-2:], self.size, strict=True)]
        y, x = starts
        boxes = torch.stack([x, y, x + self.size[1], y + self.size[0]], dim=1)
        return resized_crops(images, boxes, self.size)


class BatchedFlip:
    """``RandomFlip``: some images mirrored.

    Args:
        prob (float): Probability of each image.
        axis (int): -1 left to right, -2 upside down.
    """

    def __init__(self, prob: float, axis: int = -1) -> None:
        self.prob, self.axis = prob, axis

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Transform RGB images, float [N, 3, H, W] in [0, 255]."""
        return change_some(images, self.prob, lambda chosen: chosen.flip(self.axis))


class BatchedAffine:
    """torchvision's ``RandomAffine``: every image rotated, shifted, scaled and sheared.

    Args:
        degrees (Sequence[float]): Smallest and largest angle.
        translate (Sequence[float]): Largest shift as a share of width and height.
        scale (Sequence[float]): Smallest and largest factor.
        shear (Sequence[float]): Smallest and largest angle along x.
        interpolation (str): 'nearest' or 'bilinear'.
    """

    def __init__(self, degrees: Sequence[float], translate: Sequence[float],
                 scale: Sequence[float], shear: Sequence[float], interpolation: str) -> None:
        self.degrees, self.translate, self.scale = degrees, translate, scale
        self.shear, self.interpolation = shear, interpolation

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Transform RGB images, float [N, 3, H, W] in [0, 255]."""
        number = len(images)
        height, width = images.shape[-2:]
        shifts = torch.stack([_uniform(number, -share * side, share * side).round_()
                              for share, side in zip(self.translate, (width, height),
                                                     strict=True)], dim=1)
        shears = torch.stack([_uniform(number, *self.shear), torch.zeros(number)], dim=1)
        return affine_images(images, _uniform(number, *self.degrees), shifts,
                             _uniform(number, *self.scale), shears, self.interpolation)


class BatchedColorJitter:
    """``ColorJitter``: brightness, contrast, saturation and hue, in an order of every image's own.

    Args:
        brightness (Sequence[float], optional): Smallest and largest factor.
        contrast (Sequence[float], optional): Smallest and largest factor.
        saturation (Sequence[float], optional): Smallest and largest factor.
        hue (Sequence[float], optional): Smallest and largest shift, in parts of the circle.
    """

    def __init__(self,
                 brightness: Sequence[float] | None,
                 contrast: Sequence[float] | None,
                 saturation: Sequence[float] | None,
                 hue: Sequence[float] | None) -> None:
        spans = dict(brightness=brightness, contrast=contrast, saturation=saturation, hue=hue)
        self.spans = {kind: span for kind, span in spans.items() if span is not None}

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Transform RGB images, float [N, 3, H, W] in [0, 255]."""
        number = len(images)
        if not self.spans:
            return images
        strengths = torch.stack([_uniform(number, *span) for span in self.spans.values()], dim=1)
        order = torch.rand(number, len(self.spans)).argsort(dim=1)
        jitter = (colors.jitter_in_turn if images.device.type == 'cpu'
                  else colors.jitter_at_once)
        return jitter(images, list(self.spans), strengths, order)


class BatchedGrayscale:
    """``RandomGrayscale``: some images without colours, in three equal channels.

    Args:
        prob (float): Probability of each image.
    """

    def __init__(self, prob: float) -> None:
        self.prob = prob

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Transform RGB images, float [N, 3, H, W] in [0, 255]."""
        return change_some(images, self.prob,
                            lambda chosen: colors.grayscale(chosen).repeat(1, 3, 1, 1))


class BatchedGaussianBlur:
    """``GaussianBlur``: every image blurred with a width of its own.

    A true Gaussian; pillow's is three box filters, torchvision's is cut off at its kernel.

    Args:
        sigma (Sequence[float]): Smallest and largest standard deviation in pixels.
        prob (float): Probability of each image. Defaults to 1.
    """

    def __init__(self, sigma: Sequence[float], prob: float = 1.0) -> None:
        self.sigma, self.prob = sigma, prob

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Transform RGB images, float [N, 3, H, W] in [0, 255]."""
        return change_some(
            images, self.prob,
            lambda chosen: gaussian_blurs(chosen, _uniform(len(chosen), *self.sigma)))
