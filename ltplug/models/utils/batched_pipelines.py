"""Batched transforms, written in a config as the per-image transforms that they replace."""

from collections.abc import Callable
from typing import Any

import torch

from .batched_geometry import (
    BatchedAffine,
    BatchedCrop,
    BatchedCropping,
    BatchedFlip,
    BatchedResizedCrop,
)
from .batched_transforms import (
    BatchedColorJitter,
    BatchedGaussianBlur,
    BatchedGrayscale,
    BatchedTransform,
    Size,
    change_some,
    choose,
)


class BatchedChain(BatchedTransform):
    """Transforms one after the other.

    Args:
        transforms (list[BatchedTransform]): The transforms; a flip from left to right is made
            part of a crop before it.
    """

    def __init__(self, transforms: list[BatchedTransform]) -> None:
        self.transforms: list[BatchedTransform] = []
        for step in transforms:
            last = self.transforms[-1] if self.transforms else None
            if (isinstance(last, BatchedCropping) and last.flip_prob is None
                    and isinstance(step, BatchedFlip) and step.axis == -1):
                self.transforms[-1] = last.then_flipped(step.prob)
            else:
                self.transforms.append(step)
        self.width = sum(step.width for step in self.transforms)
        self.key = tuple(step.key for step in self.transforms)
        self.makes_new = bool(self.transforms) and self.transforms[0].makes_new
        self.moves_pixels = any(step.moves_pixels for step in self.transforms)

    @classmethod
    def of(cls, steps: list[dict]) -> 'BatchedChain':
        """Build a chain of the steps of a pipeline, see :func:`build_batched_transform`.

        Raises:
            ValueError: If one of them cannot be built, or channels end in another order.
        """
        if sum(bool(step.get('to_rgb') or step.get('to_bgr')) for step in steps) % 2:
            raise ValueError('Batches keep the order of their channels: set to_rgb of NumpyToPIL '
                             'and to_bgr of PILToNumpy alike, and to_rgb of the data '
                             'preprocessor, or batched_augmentation=False.')
        built = (build_batched_transform(step) for step in steps)
        return cls([step for step in built if step is not None])

    def size_after(self, size: Size) -> Size:
        """Return the height and width that images of a size get."""
        for step in self.transforms:
            size = step.size_after(size)
        return size

    def draw(self, number: int, size: Size) -> torch.Tensor:
        """Draw the parameters of all transforms, side by side."""
        drawn = []
        for step in self.transforms:
            drawn.append(step.draw(number, size))
            size = step.size_after(size)
        return torch.cat(drawn, dim=1) if drawn else torch.empty(number, 0)

    def __call__(self, images: torch.Tensor, parameters: torch.Tensor,
                 at_once: bool) -> torch.Tensor:
        """Transform RGB images; of any dtype, and fewer than parameters, if it makes new ones."""
        start = 0
        for step in self.transforms:
            images = step(images, parameters[:, start:start + step.width], at_once)
            start += step.width
        return images


class BatchedApply(BatchedTransform):
    """``RandomApply``: a chain of transforms for some images.

    Args:
        transforms (list[dict]): Transforms that keep the size.
        prob (float): Probability of each image. Defaults to 0.5.
    """

    def __init__(self, transforms: list[dict], prob: float = 0.5) -> None:
        self.chain, self.prob = BatchedChain.of(transforms), prob
        self.width = 1 + self.chain.width
        self.key = ('apply', *self.chain.key)
        self.moves_pixels = self.chain.moves_pixels

    def draw(self, number: int, size: Size) -> torch.Tensor:
        """Choose images, and draw the parameters of the chain for all."""
        return torch.cat([choose(number, self.prob), self.chain.draw(number, size)], dim=1)

    def __call__(self, images: torch.Tensor, parameters: torch.Tensor,
                 at_once: bool) -> torch.Tensor:
        """Change the chosen images."""
        return change_some(images, parameters[:, :1], parameters[:, 1:],
                           lambda some, rows: self.chain(some, rows, at_once), at_once)


def _resized_crop(scale, crop_ratio_range=(0.08, 1.0), aspect_ratio_range=(3 / 4, 4 / 3),
                  interpolation='bilinear', backend='cv2'):
    if interpolation == 'bicubic' and backend != 'pillow':
        raise ValueError("Batched bicubic crops are pillow's: set backend='pillow'.")
    return BatchedResizedCrop(scale, crop_ratio_range, aspect_ratio_range, interpolation,
                              backend == 'pillow')


def _torchvision_resized_crop(size, scale=(0.08, 1.0), ratio=(3 / 4, 4 / 3),
                              interpolation='bilinear', antialias=True):
    # pipelines give torchvision pillow images, whose resize averages whatever antialias says
    return BatchedResizedCrop(size, scale, ratio, interpolation, True)


def _crop(crop_size, padding=None):
    if not isinstance(padding, int | None):
        raise ValueError('Batched RandomCrop pads as many pixels on every side: set padding to '
                         f'one number, got {padding}.')
    return BatchedCrop(crop_size, padding or 0)


def _torchvision_crop(size, padding=None):
    return _crop(size, padding)


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


def _torchvision_blur(kernel_size, sigma=(0.1, 2.0)):
    sizes = {kernel_size} if isinstance(kernel_size, int) else set(kernel_size)
    if len(sizes) > 1:
        raise ValueError(f'Batched GaussianBlur has a square kernel, got {kernel_size}.')
    sigma = (sigma, sigma) if isinstance(sigma, int | float) else sigma
    return BatchedGaussianBlur(sigma, kernel_size=sizes.pop())


def _affine(degrees, translate=None, scale=None, shear=None, interpolation='nearest'):
    degrees, shear = ((-value, value) if isinstance(value, int | float) else tuple(value)
                      for value in (degrees, shear or 0.0))
    if len(shear) != 2:
        raise ValueError(f'Batched RandomAffine shears along x only, got shear={shear}.')
    return BatchedAffine(degrees, translate or (0.0, 0.0), scale or (1.0, 1.0), shear,
                         interpolation)


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
    'torchvision/GaussianBlur': _torchvision_blur,
    'torchvision/RandomAffine': _affine,
    'NumpyToPIL': lambda to_rgb=False: None,
    'PILToNumpy': lambda to_bgr=False: None,
}


def build_batched_transform(step: dict[str, Any]) -> BatchedTransform | None:
    """Build the batched version of a transform of a pipeline.

    Args:
        step (dict): The config of a per-image transform of mmpretrain or torchvision.

    Returns:
        BatchedTransform or None: None for a transform that batches do not need.

    Raises:
        ValueError: If there is no batched version, or none of these arguments.
    """
    step = {key: value for key, value in step.items() if key != '_scope_'}
    name = step.pop('type')
    if name not in BUILDERS:
        raise ValueError(f'{name} has no batched version: set batched_augmentation=False, or leave '
                         f'it out. These have one: {", ".join(BUILDERS)}.')
    try:
        return BUILDERS[name](**step)
    except TypeError as error:
        raise ValueError(f'The batched version of {name} does not take its arguments ({error}): '
                         'set batched_augmentation=False.') from None
