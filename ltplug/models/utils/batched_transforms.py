"""Random transforms of whole batches, each in two steps: drawing parameters, and applying them.

Every image of a batch draws its own randomness, from torch's global stream on the CPU, so that a
GPU makes the same choices as a CPU. What is drawn are rows of numbers, one row an image, which a
whole batch brings to the device in one transfer.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial

import torch

from ltplug.ops import batched_jitter as jitter
from ltplug.ops.batched_blurs import gaussian_blurs
from ltplug.ops.batched_colors import grayscale, partly_gray

Size = tuple[int, int]


def uniform(number: int, low: float, high: float) -> torch.Tensor:
    """Draw numbers, [number]."""
    return torch.empty(number).uniform_(low, high)


def choose(number: int, prob: float) -> torch.Tensor:
    """Choose images: 1 for the chosen, else 0, [number, 1]."""
    return (torch.rand(number, 1) < prob).float()


class BatchedTransform(ABC):
    """A random transform of a batch of images.

    Attributes:
        width (int): The number of parameters of an image.
        key (tuple): What it does beside its parameters: transforms of one key may change a batch
            together, whatever they drew.
        makes_new (bool): Whether it leaves its images as they are, takes them of any dtype, and
            makes several of each where there are more rows of parameters.
        moves_pixels (bool): Whether it changes where things are in an image, or its size.
    """

    width = 1
    key: tuple
    makes_new = False
    moves_pixels = False

    def size_after(self, size: Size) -> Size:
        """Return the height and width that images of a size get."""
        return size

    @abstractmethod
    def draw(self, number: int, size: Size) -> torch.Tensor:
        """Draw the parameters of images of a size, float32 [number, width] on the CPU."""

    @abstractmethod
    def __call__(self, images: torch.Tensor, parameters: torch.Tensor,
                 at_once: bool) -> torch.Tensor:
        """Transform RGB images.

        Args:
            images (Tensor): float [N, 3, H, W] in [0, 255]; may be changed.
            parameters (Tensor): [N, width], on the same device.
            at_once (bool): Whether to take every step with all images, in few steps whose sizes
                depend on no values, as GPUs want it; else nothing is computed in vain.

        Returns:
            Tensor: The changed images.
        """


def change_some(images: torch.Tensor, chosen: torch.Tensor, parameters: torch.Tensor,
                change: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
                at_once: bool) -> torch.Tensor:
    """Change some images.

    Args:
        images (Tensor): [N, 3, H, W]; where not all are chosen, changed in place unless at once.
        chosen (Tensor): 1 for those that change, else 0, float [N, 1].
        parameters (Tensor): [N, ...].
        change (Callable): Takes images and their parameters and gives new images of the same size.
        at_once (bool): Whether to change all images and to keep the chosen.

    Returns:
        Tensor: [N, 3, H, W].
    """
    if at_once:
        # exact: a factor of 0 or 1
        return torch.lerp(images, change(images, parameters), chosen[:, :, None, None])
    index = chosen[:, 0].nonzero()[:, 0]
    if len(index) == len(images):
        return change(images, parameters)
    if len(index):
        images.index_copy_(0, index, change(images.index_select(0, index),
                                            parameters.index_select(0, index)))
    return images


class BatchedColorJitter(BatchedTransform):
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
        self.width = jitter.jitter_width(self.spans)
        self.key = ('jitter', *self.spans)

    def draw(self, number: int, size: Size) -> torch.Tensor:
        """Draw strengths and orders."""
        if not self.spans:
            return torch.empty(number, 0)
        strengths = torch.stack([uniform(number, *span) for span in self.spans.values()], dim=1)
        order = torch.rand(number, len(self.spans)).argsort(dim=1)
        return jitter.jitter_parameters(list(self.spans), strengths, order)

    def __call__(self, images: torch.Tensor, parameters: torch.Tensor,
                 at_once: bool) -> torch.Tensor:
        """Change the colours."""
        if not self.spans:
            return images
        change = jitter.jitter_at_once if at_once else jitter.jitter_in_turn
        return change(images, list(self.spans), parameters)


class BatchedGrayscale(BatchedTransform):
    """``RandomGrayscale``: some images without colours, in three equal channels.

    Args:
        prob (float): Probability of each image.
    """

    key = ('grayscale',)

    def __init__(self, prob: float) -> None:
        self.prob = prob

    def draw(self, number: int, size: Size) -> torch.Tensor:
        """Choose images."""
        return choose(number, self.prob)

    def __call__(self, images: torch.Tensor, parameters: torch.Tensor,
                 at_once: bool) -> torch.Tensor:
        """Take the colours of the chosen images."""
        if at_once:
            return partly_gray(images, parameters)
        return change_some(images, parameters, parameters,
                           lambda some, _: grayscale(some).repeat(1, 3, 1, 1), at_once)


class BatchedGaussianBlur(BatchedTransform):
    """``GaussianBlur``: every image blurred with a width of its own.

    A true Gaussian, where pillow's is three box filters.

    Args:
        sigma (Sequence[float]): Smallest and largest standard deviation in pixels.
        prob (float): Probability of each image. Defaults to 1.
        kernel_size (int, optional): Of torchvision's, see :func:`ltplug.ops.gaussian_blurs`.
            Defaults to pillow's, which has none.
    """

    width = 2

    def __init__(self, sigma: Sequence[float], prob: float = 1.0,
                 kernel_size: int | None = None) -> None:
        self.sigma, self.prob, self.kernel_size = sigma, prob, kernel_size
        self.key = ('blur', kernel_size)

    def draw(self, number: int, size: Size) -> torch.Tensor:
        """Choose images, and widths for all."""
        return torch.cat([choose(number, self.prob), uniform(number, *self.sigma)[:, None]],
                         dim=1)

    def __call__(self, images: torch.Tensor, parameters: torch.Tensor,
                 at_once: bool) -> torch.Tensor:
        """Blur the chosen images."""
        return change_some(images, parameters[:, :1], parameters[:, 1],
                           partial(gaussian_blurs, kernel_size=self.kernel_size), at_once)
