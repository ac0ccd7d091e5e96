"""Loading trained classifiers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmpretrain.models.classifiers import BaseClassifier, ImageClassifier
from torch import nn

from ltplug.datasets.image_reader import ImageReader
from ltplug.engine.checkpoint_io import secure_loading
from ltplug.engine.checkpoint_meta import bring_class_counts
from ltplug.engine.models import load_model as load_weights
from ltplug.engine.models import read_weights
from ltplug.engine.prediction import image_scores
from ltplug.registry import MODELS
from ltplug.utils import random_streams_kept

from .class_facts import class_facts
from .classifier import Classifier, check_device
from .config import load_config
from .trained_run import find_trained

CONFIG_SUFFIXES = ('.py', '.json', '.yaml', '.yml')


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
    bring_class_counts(model, meta)
    _check_class_counts(model)
    tested = config.get('test_dataloader') or config.get('val_dataloader')
    reader = ImageReader(tested.dataset, (config.get('train_dataloader') or {}).get('dataset'),
                         image_size, channel_order)
    facts = class_facts(config, meta, _num_classes(model, reader))
    return Classifier(model, reader, facts, config, str(checkpoint))


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


def _check_class_counts(model: nn.Module) -> None:
    """Complain where a head predicts by class counts and has none."""
    check = getattr(getattr(model, 'head', None), 'check_class_counts', None)
    if check is not None:
        check()


def _num_classes(model: nn.Module, reader: ImageReader) -> int:
    number = getattr(getattr(model, 'head', None), 'num_classes', None)
    if number is None:  # whatever tells it is the number of scores
        blank = torch.zeros(1, *(reader.input_shape or (3, 224, 224)))
        number = len(image_scores(model, blank)[0])
    return number
