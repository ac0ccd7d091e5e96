"""Whether features may be kept, and under which name."""

import hashlib
import json
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
from mmcv import transforms as mmcv
from mmpretrain.datasets import transforms as mmpretrain
from torch import nn

from ltplug.datasets.draw import leaf_datasets
from ltplug.models import FeatureDataPreprocessor, FrozenBackboneClassifier
from ltplug.utils import track

DETERMINISTIC_TRANSFORMS = frozenset({
    mmcv.LoadImageFromFile, mmcv.Resize, mmcv.CenterCrop, mmcv.Pad, mmcv.Normalize,
    mmcv.ImageToTensor, mmcv.ToTensor, mmpretrain.ResizeEdge, mmpretrain.EfficientNetCenterCrop,
    mmpretrain.NumpyToPIL, mmpretrain.PILToNumpy, mmpretrain.Transpose, mmpretrain.PackInputs,
})
"""Transforms that always give the same image; no subclasses, which may add chance."""


def why_not_cacheable(model: nn.Module, dataset: Any) -> str | None:
    """Tell why the features of a model's training data cannot be computed once for all epochs.

    Args:
        model (nn.Module): The model, unwrapped.
        dataset (dataset): The training dataset.

    Returns:
        str, optional: The reason, part of a sentence; None if they can.
    """
    if not isinstance(model, FrozenBackboneClassifier):
        return f'{type(model).__name__} is no ltplug.FrozenBackboneClassifier'
    if not model.has_frozen_features:
        return 'a part of backbone and neck is trained'
    if model.norm_mode != 'eval':
        return f"the frozen parts follow the batches (norm_mode='{model.norm_mode}')"
    if not isinstance(model.data_preprocessor, FeatureDataPreprocessor):
        return (f'{type(model.data_preprocessor).__name__} takes images only (use '
                'ltplug.FeatureDataPreprocessor)')
    if model.data_preprocessor.batch_augments is not None:
        return 'the model mixes images (train_cfg.augments)'
    for leaf in leaf_datasets(dataset):
        for transform in _transforms(leaf):
            if type(transform) not in DETERMINISTIC_TRANSFORMS:
                return f'{type(transform).__name__} is not known to be deterministic'
    info = dataset.get_data_info(0)
    if 'img' not in info and not os.path.isfile(info.get('img_path', '')):
        return 'the images are neither in memory nor local files'
    return None


def cache_key(model: nn.Module, dataset: Any) -> str:
    """Return a name for the features that everything which determines them goes into.

    That is the structure, parameters and buffers of backbone and neck, the image normalisation,
    the transforms, and per sample the label and the pixels, where they are in memory, else path,
    size and time of change of the file.

    Args:
        model (nn.Module): A model that :func:`why_not_cacheable` finds nothing against.
        dataset (dataset): The training dataset.

    Returns:
        str: 32 hexadecimal digits.
    """
    digest = hashlib.blake2b(digest_size=16)
    for part in (*_describe_model(model), *_describe_data(dataset)):
        content = part if isinstance(part, bytes) else json.dumps(part, default=_plain).encode()
        digest.update(len(content).to_bytes(8, 'little') + content)
    return digest.hexdigest()


def _describe_model(model: nn.Module) -> Iterator[Any]:
    for part in (model.backbone, model.neck):
        yield [type(part).__qualname__, repr(part)]
        if part is not None:
            for name, tensor in sorted(part.state_dict().items()):
                array = tensor.cpu().numpy()
                yield [name, str(array.dtype), array.shape]
                yield array.tobytes()
    preprocessor = model.data_preprocessor
    yield [preprocessor.to_rgb, preprocessor.pad_size_divisor, preprocessor.pad_value]
    if preprocessor._enable_normalize:
        yield [preprocessor.mean.tolist(), preprocessor.std.tolist()]


def _describe_data(dataset: Any) -> Iterator[Any]:
    for leaf in leaf_datasets(dataset):
        yield [type(leaf).__qualname__]
        yield [[type(step).__qualname__, vars(step)] for step in _transforms(leaf)]
    yield dataset.get_gt_labels().tobytes()
    for index in track(range(len(dataset)), 'Looking for cached features', unit='images'):
        info = dataset.get_data_info(index)
        if 'img' in info:
            image = np.asarray(info['img'])
            yield [str(image.dtype), image.shape]
            yield image.tobytes()
        else:
            status = os.stat(info['img_path'])
            yield [info['img_path'], status.st_size, status.st_mtime_ns]


def _transforms(leaf: Any) -> list[Any]:
    return list(getattr(getattr(leaf, 'pipeline', None), 'transforms', ()))


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else repr(value)
