"""Files of pseudo-labels: what a model says of every image of a pool."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from ltplug.utils import write_atomically

FIELDS = ('labels', 'confidence', 'num_classes', 'class_names', 'fingerprint')


@dataclass(frozen=True)
class PseudoLabels:
    """The labels that a model gives to a pool.

    Attributes:
        labels (np.ndarray): Most probable class of every image, int64[N].
        confidence (np.ndarray): Its probability, float32[N].
        num_classes (int): Number of classes C of the model.
        class_names (tuple[str]): Their names, [C]; empty where the model's data have none.
        fingerprint (str): Which images they are of, from :func:`dataset_fingerprint`.
    """

    labels: np.ndarray
    confidence: np.ndarray
    num_classes: int
    class_names: tuple[str, ...]
    fingerprint: str

    def save(self, path: str | PathLike) -> None:
        """Write the file, a .npz of arrays."""
        content = dict(labels=self.labels, confidence=self.confidence,
                       num_classes=self.num_classes, fingerprint=self.fingerprint,
                       class_names=np.array(self.class_names, dtype=str))
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, lambda file: np.savez(file, **content))

    @classmethod
    def load(cls, path: str | PathLike) -> 'PseudoLabels':
        """Read a file.

        Args:
            path (str or PathLike): A file of :meth:`save`.

        Returns:
            PseudoLabels: Its content.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If it is none of pseudo-labels.
        """
        if not os.path.isfile(path):
            raise FileNotFoundError(f'There are no pseudo-labels {path}: make them with '
                                    'tools/data/pseudo_label.py, or run the recipe.')
        try:
            with np.load(path, allow_pickle=False) as arrays:
                found = {field: arrays[field] for field in FIELDS}
            labels, confidence = found['labels'], found['confidence']
            num_classes = int(found['num_classes'])
        except Exception as error:  # a damaged file can raise anything
            raise ValueError(f'{path} is no file of pseudo-labels ({error}): make it with '
                             'tools/data/pseudo_label.py.') from None
        if labels.dtype.kind != 'i' or labels.ndim != 1 or labels.shape != confidence.shape \
                or (labels.size and not 0 <= labels.min() <= labels.max() < num_classes):
            raise ValueError(f'{path} has pseudo-labels outside its {num_classes} classes, or not '
                             'one with a confidence for each image: make it anew with '
                             'tools/data/pseudo_label.py.')
        return cls(labels, confidence, num_classes, tuple(found['class_names'].tolist()),
                   str(found['fingerprint']))

    def check_fit(self, path: str | PathLike, fingerprint: str,
                  metainfo: Mapping[str, Any]) -> None:
        """Refuse labels of other images or classes.

        Args:
            path (str or PathLike): The file, for the message.
            fingerprint (str): Of the pool that is to be trained on.
            metainfo (Mapping): Of the labelled training set, with ``classes`` where they have
                names.

        Raises:
            ValueError: If they are.
        """
        names = tuple(metainfo.get('classes') or ())
        if names and self.class_names and names != self.class_names:
            raise ValueError(f'The pseudo-labels of {path} are of other classes than the labelled '
                             f'images, {_first_difference(self.class_names, names)}: label the '
                             'pool with a model of the same classes.')
        if names and self.num_classes != len(names):
            raise ValueError(f'The pseudo-labels of {path} are of {self.num_classes} classes, but '
                             f'the labelled images have {len(names)}: label the pool with a model '
                             'of the same classes.')
        if fingerprint != self.fingerprint:
            raise ValueError(f'The pseudo-labels of {path} are of other images than this pool has '
                             f'({len(self.labels)} of them): label the pool anew; of a recipe, '
                             'remove the folder of the stage that made them.')


def _first_difference(ours: tuple[str, ...], theirs: tuple[str, ...]) -> str:
    if len(ours) != len(theirs):
        return f'{len(ours)} instead of {len(theirs)}'
    label = next(i for i, names in enumerate(zip(ours, theirs, strict=True))
                 if names[0] != names[1])
    return f'class {label} is {ours[label]!r} instead of {theirs[label]!r}'


def dataset_fingerprint(dataset: Any) -> str:
    """Return a name for the images of a dataset and their order.

    Images in memory count by their pixels; files by their names, with that of their folder, and
    their sizes, so that moving a whole data set changes nothing.

    Args:
        dataset (dataset): Any dataset or wrapper.

    Returns:
        str: 32 hexadecimal digits.
    """
    digest = hashlib.blake2b(digest_size=16)
    for index in range(len(dataset)):
        info = dataset.get_data_info(index)
        if 'img' in info:
            image = np.ascontiguousarray(info['img'])
            digest.update(json.dumps([str(image.dtype), image.shape]).encode())
            digest.update(image)
        else:
            path = Path(info['img_path'])
            size = path.stat().st_size if path.is_file() else None
            digest.update(json.dumps([path.parts[-2:], size]).encode())
    return digest.hexdigest()
