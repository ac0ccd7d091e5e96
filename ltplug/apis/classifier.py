"""Trained classifiers, for people who have images and no config."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import torch
from mmengine.config import Config
from torch import nn

from ltplug.datasets.find_images import ImageSource, find_images
from ltplug.datasets.image_reader import ImageReader
from ltplug.engine.prediction import predicted_scores

from .class_facts import ClassFacts
from .predictions import Prediction, Predictions


class Classifier:
    """A trained classifier that predicts images. :func:`ltplug.apis.load_model` makes it.

    Args:
        model (nn.Module): Of mmpretrain or ltplug, with weights.
        reader (ImageReader): Makes of images what the model has been tested with.
        facts (ClassFacts): Names, training images and groups of the classes.
        config (Config): What the model was built from.
        checkpoint (str): Where its weights come from.
    """

    def __init__(self, model: nn.Module, reader: ImageReader, facts: ClassFacts, config: Config,
                 checkpoint: str) -> None:
        self.model = model.eval()
        self.reader = reader
        self.facts = facts
        self.config = config
        self.checkpoint = checkpoint

    @property
    def class_names(self) -> tuple[str, ...]:
        """tuple[str, ...]: Name by label."""
        return self.facts.names

    @property
    def class_counts(self) -> tuple[int, ...] | None:
        """tuple[int, ...] or None: Images by label of the long-tailed training set."""
        return self.facts.counts

    @property
    def device(self) -> torch.device:
        """torch.device: Where the model computes."""
        return next(self.model.parameters()).device

    def to(self, device: str | torch.device) -> 'Classifier':
        """Move the model to a device, such as 'cpu' or 'cuda:1', and return it.

        Raises:
            ValueError: If the device is not there.
        """
        self.model.to(check_device(device))
        return self

    def __repr__(self) -> str:
        return (f'Classifier({type(self.model).__name__} of {self.checkpoint}, '
                f'{len(self.class_names)} classes, on {self.device})')

    def predict(self,
                images: Any,
                batch_size: int = 64,
                topk: int | None = 5,
                num_workers: int = 0,
                channel_order: str | None = None) -> Predictions:
        """Predict images.

        Args:
            images (path, array, PIL image or sequence of them): Folders with all their subfolders,
                files, arrays uint8 [H, W, 3] or [H, W]. Of a folder the order is that of the
                sorted paths.
            batch_size (int): Images per step. Defaults to 64.
            topk (int, optional): Classes that are kept of each image, the most probable ones; None
                for all. Defaults to 5.
            num_workers (int): Processes that read images. Defaults to 0, this one.
            channel_order (str, optional): 'rgb' or 'bgr': needed for arrays with three channels,
                which do not tell it. Of files and PIL images it is known.

        Returns:
            Predictions: One for each image, in order. Images that cannot be read are listed in
            ``failed`` and have the label -1.

        Raises:
            FileNotFoundError: If there is no image.
            ValueError: If an argument is out of range, or the order of channels is not given.
            RuntimeError: If not a single image can be predicted.
        """
        return Predictions(self.stream(images, batch_size, topk, num_workers, channel_order),
                           self.facts)

    def stream(self,
               images: Any,
               batch_size: int = 64,
               topk: int | None = 5,
               num_workers: int = 0,
               channel_order: str | None = None) -> Iterator[Prediction]:
        """Yield predictions one by one, keeping none of them.

        Args:
            images (path, array, PIL image or sequence of them): As of :meth:`predict`.
            batch_size (int): As of :meth:`predict`. Defaults to 64.
            topk (int, optional): As of :meth:`predict`. Defaults to 5.
            num_workers (int): As of :meth:`predict`. Defaults to 0.
            channel_order (str, optional): As of :meth:`predict`.

        Yields:
            Prediction: Of every image, in order.

        Raises:
            FileNotFoundError: If there is no image.
            ValueError: If an argument is out of range, or the order of channels is not given.
            RuntimeError: If not a single image can be predicted.
        """
        for name, value, least in (('batch_size', batch_size, 1), ('num_workers', num_workers, 0),
                                   ('topk', 1 if topk is None else topk, 1)):
            if value < least:
                raise ValueError(f'{name} must be at least {least}, got {value}.')
        sources = find_images(images, channel_order)
        remaining, has_any, error = iter(sources), False, None
        read = partial(_read, self.reader, channel_order)
        for rows in predicted_scores(self.model, sources, read, batch_size, num_workers):
            for row in rows:
                source = next(remaining)
                if isinstance(row, str):
                    error = error or f'{source.name}: {row}'
                    yield Prediction(source.name, folder=source.folder, error=row)
                else:
                    has_any = True
                    yield self._prediction(source, row, topk)
        if not has_any:
            raise RuntimeError(f'None of the {len(sources)} images can be predicted; the first is '
                               f'{error}.')

    def _prediction(self, source: ImageSource, scores: torch.Tensor,
                    topk: int | None) -> Prediction:
        # stable: of equal scores the lower label comes first, as in the model's own prediction
        values, labels = (part[:topk].tolist() for part in
                          scores.sort(descending=True, stable=True))
        names = tuple(self.facts.names[label] for label in labels)
        return Prediction(source.name, tuple(labels), names, tuple(values), source.folder)


def _read(reader: ImageReader, channel_order: str | None, source: ImageSource) -> torch.Tensor:
    return reader(source.image, channel_order)


def check_device(device: str | torch.device) -> torch.device:
    """Return a device that is there.

    Args:
        device (str or torch.device): Such as 'cpu', 'cuda' or 'cuda:1'.

    Returns:
        torch.device: The device.

    Raises:
        ValueError: If it is not there.
    """
    try:
        torch.empty(0, device=device)
        return torch.device(device)
    except (RuntimeError, AssertionError) as error:
        found = torch.cuda.device_count()
        raise ValueError(f'There is no device {str(device)!r} here ({str(error).splitlines()[0]}):'
                         f' choose cpu{f" or cuda:0 to cuda:{found - 1}" if found else ""}.'
                         ) from None
