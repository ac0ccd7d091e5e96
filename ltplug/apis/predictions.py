"""Predictions of images, in memory and as a file."""

import csv
import io
import json
import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np

from ltplug.utils import write_atomically

from .class_facts import ClassFacts

SUFFIXES = ('.csv', '.json')
FAILED = -1
"""Stands for the label of an image that cannot be predicted."""


@dataclass(frozen=True)
class Prediction:
    """What a model says of one image.

    Attributes:
        image (str): The path, or 'image 3' for one that was in memory.
        labels (tuple[int, ...]): The most probable classes, the first before the second.
        classes (tuple[str, ...]): Their names.
        scores (tuple[float, ...]): Their probabilities.
        folder (str, optional): The subfolder that the image lies in.
        error (str, optional): Why it cannot be predicted; it then has no classes.
    """

    image: str
    labels: tuple[int, ...] = ()
    classes: tuple[str, ...] = ()
    scores: tuple[float, ...] = ()
    folder: str | None = None
    error: str | None = None

    @property
    def pred_label(self) -> int | None:
        """int or None: The most probable class."""
        return self.labels[0] if self.labels else None

    @property
    def pred_class(self) -> str | None:
        """str or None: Its name."""
        return self.classes[0] if self.classes else None

    @property
    def pred_score(self) -> float | None:
        """float or None: Its probability."""
        return self.scores[0] if self.scores else None


class Predictions(Sequence[Prediction]):
    """What a model says of many images, in their order; those that failed are among them.

    Args:
        predictions (Iterable[Prediction]): Of every image.
        facts (ClassFacts): The classes.

    Attributes:
        images (list[str]): Names, [N].
        labels (np.ndarray): The K most probable classes, int64[N, K], -1 for an image that failed.
        scores (np.ndarray): Their probabilities, float32[N, K], NaN for an image that failed.
        folders (list[str or None]): Subfolders, [N].
        failed (dict[str, str]): Why an image cannot be predicted, by its name.
        facts (ClassFacts): The classes.
    """

    def __init__(self, predictions: Iterable[Prediction], facts: ClassFacts) -> None:
        self.facts = facts
        self.images: list[str] = []
        self.folders: list[str | None] = []
        self._errors: dict[int, str] = {}
        labels, scores = array('q'), array('f')  # flat: there may be millions
        for number, each in enumerate(predictions):
            self.images.append(each.image)
            self.folders.append(each.folder)
            if each.error is not None:
                self._errors[number] = each.error
            labels.extend(each.labels)
            scores.extend(each.scores)
        known = [number for number in range(len(self.images)) if number not in self._errors]
        width = len(labels) // max(1, len(known))
        self.labels = np.full((len(self.images), width), FAILED, np.int64)
        self.scores = np.full((len(self.images), width), np.nan, np.float32)
        self.labels[known] = np.array(labels, np.int64).reshape(len(known), width)
        self.scores[known] = np.array(scores, np.float32).reshape(len(known), width)

    @property
    def failed(self) -> dict[str, str]:
        """dict[str, str]: Why an image cannot be predicted, by its name."""
        return {self.images[number]: error for number, error in self._errors.items()}

    @property
    def pred_label(self) -> np.ndarray:
        """np.ndarray: The most probable class of every image, int64[N], -1 where it failed."""
        return self.labels[:, 0] if self.labels.shape[1] else np.full(len(self), FAILED)

    @property
    def pred_score(self) -> np.ndarray:
        """np.ndarray: Its probability, float32[N], NaN where it failed."""
        return self.scores[:, 0] if self.scores.shape[1] else np.full(len(self), np.nan)

    @property
    def pred_class(self) -> list[str | None]:
        """list[str or None]: Its name, [N], None where it failed."""
        return [None if label == FAILED else self.facts.names[label] for label in self.pred_label]

    def __len__(self) -> int:
        return len(self.images)

    @overload
    def __getitem__(self, index: int) -> Prediction: ...

    @overload
    def __getitem__(self, index: slice) -> 'Predictions': ...

    def __getitem__(self, index: int | slice) -> 'Prediction | Predictions':
        if isinstance(index, slice):
            return Predictions([self[i] for i in range(*index.indices(len(self)))], self.facts)
        number = range(len(self))[index]
        if number in self._errors:
            return Prediction(self.images[number], folder=self.folders[number],
                              error=self._errors[number])
        labels = tuple(self.labels[number].tolist())
        return Prediction(self.images[number], labels,
                          tuple(self.facts.names[label] for label in labels),
                          tuple(self.scores[number].tolist()), self.folders[number])

    def __repr__(self) -> str:
        failed = f', {len(self._errors)} failed' if self._errors else ''
        return f'Predictions({len(self)} images{failed})'

    def save(self, path: str | os.PathLike) -> Path:
        """Write a .csv or .json file, see :func:`write_predictions`."""
        return write_predictions(self, path, self.labels.shape[1])


def check_suffix(path: str | os.PathLike) -> Path:
    """Return a path that predictions can be written to.

    Args:
        path (path): The file.

    Returns:
        Path: The same.

    Raises:
        ValueError: If its ending is unknown.
    """
    if Path(path).suffix.lower() not in SUFFIXES:
        raise ValueError(f'Predictions are written as {" or ".join(SUFFIXES)}, not as '
                         f'{os.fspath(path)!r}.')
    return Path(path)


def write_predictions(predictions: Iterable[Prediction], path: str | os.PathLike,
                      topk: int) -> Path:
    """Write predictions while they come; the file is there when all have come.

    Args:
        predictions (Iterable[Prediction]): Of every image.
        path (path): Ends in .csv (a row an image: ``image``, ``pred_class``, ``pred_label``,
            ``pred_score``, the next classes ``class_2``, ``score_2`` and so on, ``error``) or in
            .json (a list with an object an image).
        topk (int): Classes of a row.

    Returns:
        Path: The file.

    Raises:
        ValueError: If the file has another ending.
    """
    path = check_suffix(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write = write_csv if path.suffix.lower() == '.csv' else _write_json

    def write_text(binary: Any) -> None:
        # names of files need not be UTF-8
        text = io.TextIOWrapper(binary, encoding='utf-8', errors='surrogateescape', newline='')
        write(predictions, text, topk)
        text.detach()  # which writes what is left, and leaves the file open

    write_atomically(path, write_text)
    return path


def write_csv(predictions: Iterable[Prediction], file: Any, topk: int) -> None:
    """Write predictions as comma-separated rows under a header.

    Args:
        predictions (Iterable[Prediction]): Of every image.
        file (file): Open for text.
        topk (int): Classes of a row.
    """
    rows = csv.writer(file, lineterminator='\n')
    more = [f'{what}_{rank}' for rank in range(2, topk + 1) for what in ('class', 'score')]
    rows.writerow(['image', 'pred_class', 'pred_label', 'pred_score', *more, 'error'])
    for each in predictions:
        first = [each.pred_class, each.pred_label, _rounded(each.pred_score)]
        next_ones = [value for name, score in zip(each.classes[1:], each.scores[1:], strict=True)
                     for value in (name, _rounded(score))]
        padding = [None] * (len(more) - len(next_ones))
        rows.writerow([each.image, *first, *next_ones, *padding, each.error])


def _write_json(predictions: Iterable[Prediction], file: Any, topk: int) -> None:
    file.write('[')
    for number, text in enumerate(_objects(predictions)):
        file.write((',\n' if number else '\n') + text)
    file.write('\n]\n')


def _objects(predictions: Iterable[Prediction]) -> Iterator[str]:
    for each in predictions:
        content: dict[str, Any] = {'image': each.image}
        if each.error is None:
            content |= {
                'pred_class': each.pred_class, 'pred_label': each.pred_label,
                'pred_score': _rounded(each.pred_score),
                'topk': [{'class': name, 'label': label, 'score': _rounded(score)}
                         for name, label, score in zip(each.classes, each.labels, each.scores,
                                                       strict=True)]}
        else:
            content['error'] = each.error
        yield json.dumps(content, ensure_ascii=False)


def _rounded(score: float | None) -> float | None:
    return None if score is None else float(f'{score:.6g}')
