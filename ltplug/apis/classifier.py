"""Trained classifiers, for people who have images and no config."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmpretrain.models.classifiers import BaseClassifier, ImageClassifier
from torch import nn

from ltplug.datasets.find_images import ImageSource, find_images
from ltplug.datasets.image_reader import ImageReader
from ltplug.engine.checkpoint_io import secure_loading
from ltplug.engine.checkpoint_meta import META_KEY
from ltplug.engine.models import load_model as load_weights
from ltplug.engine.models import read_weights
from ltplug.engine.prediction import image_scores, predicted_scores
from ltplug.registry import MODELS
from ltplug.utils import random_streams_kept

from .class_facts import ClassFacts, class_facts
from .config import load_config
from .predictions import Prediction, Predictions
from .trained_run import find_trained

CONFIG_SUFFIXES = ('.py', '.json', '.yaml', '.yml')


class Classifier:
    """A trained classifier that predicts images. :func:`load_model` makes it.

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


def load_model(path: str | Path | Config,
               checkpoint: str | Path | None = None,
               device: str | torch.device | None = None,
               stage: str | None = None,
               cfg_options: Mapping[str, Any] | None = None,
               image_size: int | None = None,
               channel_order: str | None = None,
               trust_checkpoint: bool = False) -> Classifier:
    """Load a trained classifier.

    Args:
        path (str, Path or Config): The work dir of a training or a recipe, or the folder of a
            stage; a checkpoint in one of them, or one that ``publish`` has written; or, with
            ``checkpoint``, a config or the name of one that ltplug ships.
        checkpoint (str or Path, optional): The checkpoint, or its http address, where ``path`` is
            a config.
        device (str or torch.device, optional): Such as 'cpu' or 'cuda:1'. Defaults to a GPU if
            there is one.
        stage (str, optional): Of a recipe, the stage whose model is taken. Defaults to the last,
            the final classifier.
        cfg_options (Mapping[str, Any], optional): Overrides of the config by dotted key.
        image_size (int, optional): Side in pixels to which images are resized; needed only where
            neither the config nor its dataset tells it.
        channel_order (str, optional): 'rgb', 'bgr' or 'gray': how a dataset in memory that does
            not tell it has its channels.
        trust_checkpoint (bool): Whether to load a file that may run code. Defaults to False. A
            config is code in any case: take one only from where you would take a program.

    Returns:
        Classifier: In evaluation mode. Of an averaged model (EMA) with the averaged weights.

    Raises:
        FileNotFoundError: If there is no such folder or file.
        ConfigError: If the config has a mistake.
        UntrustedCheckpointError: If the checkpoint asks for more than weights.
        ValueError: If the model has no classifier, the device is not there, or the config leaves
            size or channels of images open.
        RuntimeError: If config and checkpoint do not fit.
    """
    device = check_device(get_device() if device is None else device)
    if checkpoint is not None:
        if stage is not None or (not isinstance(path, Config) and Path(path).is_dir()):
            raise ValueError(f'A checkpoint goes with a config, but got '
                             f'{f"stage={stage!r}" if stage is not None else path} too: give the '
                             'checkpoint alone, or config and checkpoint.')
    elif isinstance(path, Config) or Path(path).suffix in CONFIG_SUFFIXES:
        raise ValueError(f'{getattr(path, "filename", path)} is a config and has no weights: give '
                         'the checkpoint too, or the work dir of the run instead.')
    else:
        path, checkpoint = find_trained(path, stage)
    config = load_config(path, dict(cfg_options or {}))
    init_default_scope(config.get('default_scope', 'mmpretrain'))
    _check_classifier(config)
    with secure_loading(trust_checkpoint):
        state, meta = read_weights(checkpoint)
    with random_streams_kept():  # initial weights are drawn, which nobody would expect here
        model = load_weights(config, state, device=device)
    _bring_class_counts(model, meta)
    tested = config.get('test_dataloader') or config.get('val_dataloader')
    reader = ImageReader(tested.dataset, (config.get('train_dataloader') or {}).get('dataset'),
                         image_size, channel_order)
    facts = class_facts(config, meta, _num_classes(model, reader))
    return Classifier(model, reader, facts, config, str(checkpoint))


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


def _check_classifier(config: Config) -> None:
    kind = MODELS.get(config.model.type)
    is_classifier = isinstance(kind, type) and issubclass(kind, BaseClassifier)
    if not is_classifier or (issubclass(kind, ImageClassifier) and not config.model.get('head')):
        raise ValueError(f'{config.model.type} learns features and has no classifier: give the '
                         'work dir of a recipe whose last stage fits one, or the config of a '
                         'classifier.')
    if not (config.get('test_dataloader') or config.get('val_dataloader')):
        raise ValueError('The config has neither test_dataloader nor val_dataloader, whose '
                         'transforms would say how images are prepared.')


def _bring_class_counts(model: nn.Module, meta: Mapping[str, Any]) -> None:
    """Give counts to the heads that predict by them, and complain where there are none."""
    counts = (meta.get(META_KEY) or {}).get('class_counts')
    for module in model.modules():
        if counts is not None and hasattr(module, 'set_class_counts'):
            module.set_class_counts(counts)
    check = getattr(getattr(model, 'head', None), 'check_class_counts', None)
    if check is not None:
        check()


def _num_classes(model: nn.Module, reader: ImageReader) -> int:
    number = getattr(getattr(model, 'head', None), 'num_classes', None)
    if number is None:  # whatever tells it is the number of scores
        blank = torch.zeros(1, *(reader.input_shape or (3, 224, 224)))
        number = len(image_scores(model, blank)[0])
    return number
