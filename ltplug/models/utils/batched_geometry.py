"""Random transforms of whole batches that move pixels: crops, flips, affine maps."""

import copy
from abc import abstractmethod
from collections.abc import Sequence

import torch

from ltplug.ops.batched_crops import affine_maps, draw_crop_boxes, mapped_images
from ltplug.ops.batched_resampling import FILTERS, crop_parameters, crops_of

from .batched_transforms import BatchedTransform, Size, change_some, choose, uniform


class BatchedCropping(BatchedTransform):
    """Cuts a part out of every image, resizes it, and mirrors some.

    Args:
        size (int or Sequence[int]): Height and width of the result.
        interpolation (str): 'bilinear' or 'bicubic'.
        antialias (bool): Whether shrinking averages.
    """

    width = 10
    makes_new = True
    moves_pixels = True

    def __init__(self, size: int | Sequence[int], interpolation: str = 'bilinear',
                 antialias: bool = True) -> None:
        if interpolation not in FILTERS:
            raise ValueError(f'Batched crops are {" or ".join(FILTERS)}, got {interpolation!r}.')
        self.size = (size, size) if isinstance(size, int) else tuple(size)
        self.interpolation, self.antialias = interpolation, antialias
        self.flip_prob: float | None = None
        self.key = ('crop', self.size, interpolation)

    def then_flipped(self, prob: float) -> 'BatchedCropping':
        """Return the same crop followed by a flip from left to right, which costs nothing here."""
        both = copy.copy(self)
        both.flip_prob = prob
        return both

    def size_after(self, size: Size) -> Size:
        """Return the height and width of the result."""
        return self.size

    @abstractmethod
    def draw_boxes(self, number: int, size: Size) -> torch.Tensor:
        """Draw x1, y1, x2, y2 of parts of images of a size, [number, 4]."""

    def draw(self, number: int, size: Size) -> torch.Tensor:
        """Draw boxes and flips."""
        return self.parameters_of(self.draw_boxes(number, size))

    def parameters_of(self, boxes: torch.Tensor) -> torch.Tensor:
        """Draw the flips of boxes, and return the parameters of both."""
        flip = None if self.flip_prob is None else torch.rand(len(boxes)) < self.flip_prob
        return crop_parameters(boxes, self.size, self.interpolation, self.antialias, flip)

    def __call__(self, images: torch.Tensor, parameters: torch.Tensor,
                 at_once: bool) -> torch.Tensor:
        """Make one or several crops of every image."""
        crops = crops_of(images, parameters, self.size, self.interpolation)
        return crops.clamp_(0, 255) if self.interpolation == 'bicubic' else crops


class BatchedResizedCrop(BatchedCropping):
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
        super().__init__(size, interpolation, antialias)
        self.scale, self.ratio = scale, ratio

    def draw_boxes(self, number: int, size: Size) -> torch.Tensor:
        """Draw boxes of a random area and shape."""
        return draw_crop_boxes(number, *size, self.scale, self.ratio)


class BatchedCrop(BatchedCropping):
    """``RandomCrop``: every image padded by zeros and cut at a random place.

    Args:
        size (int or Sequence[int]): Height and width of the result.
        padding (int): Pixels on every side.
    """

    def __init__(self, size: int | Sequence[int], padding: int) -> None:
        super().__init__(size)
        self.padding = padding

    def draw_boxes(self, number: int, size: Size) -> torch.Tensor:
        """Draw boxes of the crop's size.

        Raises:
            ValueError: If the padded images are smaller.
        """
        if any(side + 2 * self.padding < part for side, part in zip(size, self.size, strict=True)):
            raise ValueError(f'RandomCrop cuts {self.size[0]} x {self.size[1]} pixels, but images '
                             f'of {size[0]} x {size[1]} pixels, padded by {self.padding}, are '
                             'smaller: set another crop_size or padding.')
        y, x = (torch.randint(-self.padding, side + self.padding - part + 1, (number,))
                for side, part in zip(size, self.size, strict=True))
        return torch.stack([x, y, x + self.size[1], y + self.size[0]], dim=1)


class BatchedFlip(BatchedTransform):
    """``RandomFlip``: some images mirrored.

    Args:
        prob (float): Probability of each image.
        axis (int): -1 left to right, -2 upside down.
    """

    moves_pixels = True

    def __init__(self, prob: float, axis: int = -1) -> None:
        self.prob, self.axis = prob, axis
        self.key = ('flip', axis)

    def draw(self, number: int, size: Size) -> torch.Tensor:
        """Choose images."""
        return choose(number, self.prob)

    def __call__(self, images: torch.Tensor, parameters: torch.Tensor,
                 at_once: bool) -> torch.Tensor:
        """Flip the chosen images."""
        return change_some(images, parameters, parameters,
                           lambda some, _: some.flip(self.axis), at_once)


class BatchedAffine(BatchedTransform):
    """torchvision's ``RandomAffine``: every image rotated, shifted, scaled and sheared.

    Args:
        degrees (Sequence[float]): Smallest and largest angle.
        translate (Sequence[float]): Largest shift as a share of width and height.
        scale (Sequence[float]): Smallest and largest factor.
        shear (Sequence[float]): Smallest and largest angle along x.
        interpolation (str): 'nearest' or 'bilinear'.
    """

    width = 6
    moves_pixels = True

    def __init__(self, degrees: Sequence[float], translate: Sequence[float],
                 scale: Sequence[float], shear: Sequence[float], interpolation: str) -> None:
        self.degrees, self.translate, self.scale = degrees, translate, scale
        self.shear, self.interpolation = shear, interpolation
        self.key = ('affine', interpolation)

    def draw(self, number: int, size: Size) -> torch.Tensor:
        """Draw where pixels come from."""
        shifts = torch.stack([uniform(number, -share * side, share * side).round_()
                              for share, side in zip(self.translate, size[::-1], strict=True)],
                             dim=1)
        shears = torch.stack([uniform(number, *self.shear), torch.zeros(number)], dim=1)
        return affine_maps(uniform(number, *self.degrees), shifts,
                           uniform(number, *self.scale), shears, *size).flatten(1)

    def __call__(self, images: torch.Tensor, parameters: torch.Tensor,
                 at_once: bool) -> torch.Tensor:
        """Map the images."""
        return mapped_images(images, parameters.unflatten(1, (2, 3)), self.interpolation)
