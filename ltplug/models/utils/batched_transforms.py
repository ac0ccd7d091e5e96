"""Random transforms of whole batches, written in a config as the per-image transforms they replace.

Every image of a batch draws its own randomness, from torch's global stream on the CPU, so that a
GPU makes the same choices as a CPU.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from ltplug.ops import batched_colors as colors
from ltplug.ops.batched_crops import affine_images, draw_crop_boxes
from ltplug.ops.batched_resampling import FILTERS, gaussian_blurs, resized_crops

BatchedTransform = Callable[[torch.Tensor], torch.Tensor]


def _uniform(number: int, low: float, high: float) -> torch.Tensor:
    return torch.empty(number).uniform_(low, high)


def _change_some(images: torch.Tensor, prob: float, change: BatchedTransform) -> torch.Tensor:
    """Change each image with a probability, in place where not all are changed."""
    chosen = (torch.rand(len(images)) < prob).nonzero()[:, 0]
    if len(chosen) == len(images):
        return change(images)
    if len(chosen):
        chosen = chosen.to(images.device)
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
        return _change_some(images, self.prob, lambda chosen: chosen.flip(self.axis))


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
        self.changes = [(change, *span) for change, span in (
            (colors.adjust_brightness, brightness), (colors.adjust_contrast, contrast),
            (colors.adjust_saturation, saturation), (colors.adjust_hue, hue)) if span is not None]

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Transform RGB images, float [N, 3, H, W] in [0, 255]."""
        number = len(images)
        strengths = [_uniform(number, low, high) for _, low, high in self.changes]
        order = torch.rand(number, len(self.changes)).argsort(dim=1)
        for turn in order.unbind(1):
            for index, (change, *_) in enumerate(self.changes):
                chosen = (turn == index).nonzero()[:, 0]
                if len(chosen):
                    strength = strengths[index][chosen]
                    chosen = chosen.to(images.device)
                    images.index_copy_(0, chosen, change(images.index_select(0, chosen), strength))
        return images


class BatchedGrayscale:
    """``RandomGrayscale``: some images without colours, in three equal channels.

    Args:
        prob (float): Probability of each image.
    """

    def __init__(self, prob: float) -> None:
        self.prob = prob

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Transform RGB images, float [N, 3, H, W] in [0, 255]."""
        return _change_some(images, self.prob,
                            lambda chosen: colors.grayscale(chosen).expand_as(chosen))


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
        return _change_some(
            images, self.prob,
            lambda chosen: gaussian_blurs(chosen, _uniform(len(chosen), *self.sigma)))


class BatchedApply:
    """``RandomApply``: a chain of transforms for some images.

    Args:
        transforms (list[dict]): Transforms that keep the size.
        prob (float): Probability of each image. Defaults to 0.5.
    """

    def __init__(self, transforms: list[dict], prob: float = 0.5) -> None:
        self.transforms, self.prob = BatchedChain(transforms), prob

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Transform RGB images, float [N, 3, H, W] in [0, 255]."""
        return _change_some(images, self.prob, self.transforms)


class BatchedChain:
    """Transforms one after the other.

    Args:
        transforms (list[dict]): As in a pipeline, see :func:`build_batched_transform`.
    """

    def __init__(self, transforms: list[dict]) -> None:
        steps = [build_batched_transform(step) for step in transforms]
        self.transforms = [step for step in steps if step is not None]

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Transform RGB images, float [N, 3, H, W] in [0, 255]."""
        for transform in self.transforms:
            images = transform(images)
        return images


def _resized_crop(scale, crop_ratio_range=(0.08, 1.0), aspect_ratio_range=(3 / 4, 4 / 3),
                  interpolation='bilinear', backend='cv2'):
    if interpolation == 'bicubic' and backend != 'pillow':
        raise ValueError("Batched bicubic crops are pillow's: set backend='pillow'.")
    return BatchedResizedCrop(scale, crop_ratio_range, aspect_ratio_range, interpolation,
                              backend == 'pillow')


def _torchvision_resized_crop(size, scale=(0.08, 1.0), ratio=(3 / 4, 4 / 3),
                              interpolation='bilinear', antialias=True):
    return BatchedResizedCrop(size, scale, ratio, interpolation, antialias)


def _crop(crop_size, padding=0):
    return BatchedCrop(crop_size, padding or 0)


def _torchvision_crop(size, padding=0):
    return BatchedCrop(size, padding or 0)


def _flip(prob, direction='horizontal'):
    if direction not in ('horizontal', 'vertical'):
        raise ValueError(f"Batched flips are 'horizontal' or 'vertical', got {direction!r}.")
    return BatchedFlip(prob, -1 if direction == 'horizontal' else -2)


def _jitter(brightness=0.0, contrast=0.0, saturation=0.0, hue=0.0):
    def span(value, centre):
        if isinstance(value, int | float):
            value = (max(centre - value, 0) if centre else -value, centre + value)
        return None if tuple(value) == (centre, centre) else tuple(value)

    return BatchedColorJitter(span(brightness, 1), span(contrast, 1), span(saturation, 1),
                              span(hue, 0))


def _grayscale(prob=0.1, keep_channels=False, channel_weights=(1., 1., 1.), color_format='bgr'):
    weights = sorted(round(weight, 2) for weight in channel_weights)
    if not keep_channels or weights != [0.11, 0.3, 0.59]:
        raise ValueError('Batched RandomGrayscale keeps three channels and weighs them by '
                         'brightness: set keep_channels=True and '
                         'channel_weights=(0.114, 0.587, 0.2989).')
    return BatchedGrayscale(prob)


def _blur(magnitude_range, magnitude_std='inf', prob=0.5):
    if magnitude_std != 'inf':
        raise ValueError("Batched GaussianBlur draws its width uniformly: set magnitude_std='inf'.")
    return BatchedGaussianBlur(magnitude_range, prob)


def _affine(degrees, translate=(0.0, 0.0), scale=(1.0, 1.0), shear=(0.0, 0.0),
            interpolation='nearest'):
    degrees, shear = ((-value, value) if isinstance(value, int | float) else tuple(value)
                      for value in (degrees, shear))
    if len(shear) != 2:
        raise ValueError(f'Batched RandomAffine shears along x only, got shear={shear}.')
    return BatchedAffine(degrees, translate, scale, shear, interpolation)


BUILDERS: dict[str, Callable[..., BatchedTransform | None]] = {
    'RandomResizedCrop': _resized_crop,
    'RandomCrop': _crop,
    'RandomFlip': _flip,
    'RandomApply': BatchedApply,
    'ColorJitter': _jitter,
    'RandomGrayscale': _grayscale,
    'GaussianBlur': _blur,
    'torchvision/RandomResizedCrop': _torchvision_resized_crop,
    'torchvision/RandomCrop': _torchvision_crop,
    'torchvision/RandomHorizontalFlip': lambda p=0.5: BatchedFlip(p),
    'torchvision/ColorJitter': _jitter,
    'torchvision/RandomGrayscale': lambda p=0.1: BatchedGrayscale(p),
    'torchvision/GaussianBlur': lambda kernel_size=None, sigma=(0.1, 2.0): BatchedGaussianBlur(
        sigma),
    'torchvision/RandomAffine': _affine,
    'NumpyToPIL': lambda to_rgb=False: None,
    'PILToNumpy': lambda to_bgr=False: None,
}


def build_batched_transform(step: dict[str, Any]) -> BatchedTransform | None:
    """Build the batched version of a transform of a pipeline.

    Args:
        step (dict): The config of a per-image transform of mmpretrain or torchvision.

    Returns:
        Callable or None: Takes and returns RGB images, float [N, 3, H, W] in [0, 255]; it may
        change its argument. None for a transform that batches do not need.

    Raises:
        ValueError: If there is no batched version, or none of these arguments.
    """
    step = dict(step)
    name = step.pop('type')
    if name not in BUILDERS:
        raise ValueError(f'{name} has no batched version: set batched_augmentation=False, or leave '
                         f'it out. These have one: {", ".join(BUILDERS)}.')
    try:
        return BUILDERS[name](**step)
    except TypeError as error:
        raise ValueError(f'The batched version of {name} does not take its arguments ({error}): '
                         'set batched_augmentation=False.') from None
