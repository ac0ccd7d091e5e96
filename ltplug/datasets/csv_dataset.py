"""Images and labels named by a table."""

import csv
import os
from collections.abc import Sequence
from typing import Any

from ltplug.registry import DATASETS
from ltplug.utils import sought_in

from .image_list import ImageListDataset


def read_csv(path: str, columns: Sequence[str], delimiter: str = ',') -> list[list[str]]:
    """Read some columns of a CSV file with a header.

    Args:
        path (str): The file, UTF-8.
        columns (Sequence[str]): Names of the columns, [K].
        delimiter (str): What separates them. Defaults to ','.

    Returns:
        list[list[str]]: K lists, one entry a row, without spaces around it.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a column is missing or a row lacks an entry; the line is named.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(f'There is no CSV file {path}{sought_in(path)}.')
    try:
        with open(path, encoding='utf-8-sig', newline='') as file:
            return _read_columns(path, csv.DictReader(file, delimiter=delimiter,
                                                      skipinitialspace=True), columns)
    except UnicodeDecodeError:
        raise ValueError(f'{path} is no text in UTF-8: save it in this encoding.') from None


def _read_columns(path: str, reader: csv.DictReader, columns: Sequence[str]) -> list[list[str]]:
    found: list[list[str]] = [[] for _ in columns]
    header = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = header
    for name in columns:
        if name not in header:
            raise ValueError(f'Line 1 of {path} must name the columns, separated by '
                             f'{reader.reader.dialect.delimiter!r}; {name!r} is none of '
                             f'{", ".join(header)}.')
    for row in reader:
        for name, values in zip(columns, found, strict=True):
            value = (row[name] or '').strip()
            if not value:
                raise ValueError(f'Line {reader.line_num} of {path} has nothing in the column '
                                 f'{name!r}.')
            values.append(value)
    return found


@DATASETS.register_module()
class CsvDataset(ImageListDataset):
    """Images and labels named by a CSV file with a header.

    Labels may be the names of classes or integers from 0. Names get their number from ``classes``,
    or from their sorted order; give every split the same classes, since a split may lack one.

    Args:
        ann_file (str): The CSV file, relative to ``data_root`` where that is given.
        image_column (str): Column of the paths. Defaults to 'image'.
        label_column (str): Column of the labels. Defaults to 'label'.
        delimiter (str): What separates the columns. Defaults to ','.
        classes_from (str, optional): Another CSV file, usually that of the training images, whose
            sorted labels are the classes; ``data_root`` is not put before it.
        **kwargs: Other arguments of :class:`ImageListDataset`, such as data_root, data_prefix,
            classes and path_rewrite.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If a line or a label makes no sense.
    """

    def __init__(self,
                 ann_file: str,
                 image_column: str = 'image',
                 label_column: str = 'label',
                 delimiter: str = ',',
                 classes_from: str | None = None,
                 **kwargs: Any) -> None:
        self.image_column = image_column
        self.label_column = label_column
        self.delimiter = delimiter
        if classes_from is not None:
            if kwargs.get('classes') is not None:
                raise ValueError('Give either classes or classes_from, not both.')
            values, = read_csv(os.path.expanduser(classes_from), [label_column], delimiter)
            kwargs['classes'] = _class_names(values)
        super().__init__(ann_file=ann_file, **kwargs)

    def read_annotations(self) -> tuple[list[str], list[int]]:
        """Return paths [N] and labels [N]."""
        paths, values = read_csv(self.ann_file, [self.image_column, self.label_column],
                                 self.delimiter)
        names = self._metainfo.get('classes')
        if names is None and not all(map(_is_number, values)):
            names = self._metainfo['classes'] = _class_names(values)
        numbers = {name: label for label, name in enumerate(names or ())}
        # of classes with names, integers may still be the labels
        if not numbers.keys() >= set(values) and all(map(_is_number, values)):
            return paths, [int(value) for value in values]
        for path, value in zip(paths, values, strict=True):
            if value not in numbers:
                raise ValueError(f'{self.ann_file} gives {path} the label {value!r}, which is '
                                 f'none of the {len(numbers)} classes.')
        return paths, [numbers[value] for value in values]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _class_names(values: list[str]) -> tuple[str, ...]:
    """Return the sorted names; integers all stand for themselves, up to the largest."""
    if values and all(map(_is_number, values)):
        return tuple(map(str, range(max(map(int, values)) + 1)))
    return tuple(sorted(set(values)))
