"""Names of the classes of datasets: they tell what a label means."""

from collections.abc import Mapping, Sequence
from typing import Any

CURE = ('Give both the classes of the training images, with classes_from=... or classes=[...] of '
        'ltplug.ImageFolderDataset and ltplug.CsvDataset; or, where the labels agree and only the '
        'names differ, the same names with metainfo=dict(classes=[...]).')


def names_in(metainfo: Mapping[str, Any] | None) -> list[str] | None:
    """Return the names of the classes in some meta information.

    Args:
        metainfo (Mapping, optional): Of a dataset, or what a checkpoint holds of it.

    Returns:
        list[str] or None: Names by label; None where there are none.
    """
    names = (metainfo or {}).get('classes')
    if not isinstance(names, Sequence) or isinstance(names, str) or not len(names):
        return None
    return [str(name) for name in names]


def class_names(dataset: Any) -> list[str] | None:
    """Return the names of the classes of a dataset or wrapper.

    Args:
        dataset (dataset): Any dataset; it is read if it has not been.

    Returns:
        list[str] or None: Names by label; None where it has none.
    """
    if hasattr(dataset, 'full_init'):
        dataset.full_init()  # folders and tables learn their classes there
    names = names_in(getattr(dataset, 'metainfo', None))
    inner = [*getattr(dataset, 'datasets', ()), getattr(dataset, 'dataset', None)][0]
    if names is None and inner is not None:  # mmengine's wrappers look before a folder is read
        return class_names(inner)
    return names


def complete_names(names: Sequence[str] | None, num_classes: int) -> list[str]:
    """Return a name for every class.

    Args:
        names (Sequence[str], optional): Names of the first classes.
        num_classes (int): Number of classes C.

    Returns:
        list[str]: [C] at least; the label where there is no name.
    """
    names = list(names or ())
    return names + [str(label) for label in range(len(names), num_classes)]


def check_same_classes(names: Sequence[str] | None, expected: Sequence[str] | None,
                       what: str, whose: str) -> None:
    """Refuse data whose labels mean other classes than those a model learns.

    Data that only lack the last classes are fine: their labels mean the same.

    Args:
        names (Sequence[str], optional): Names by label of the data that a model is tested on.
            Without names nothing is compared.
        expected (Sequence[str], optional): Names by label of the training data.
        what (str): What the first are, such as 'the validation data'.
        whose (str): What the second are, such as 'the training data'.

    Raises:
        ValueError: If a label has two meanings, or none in the training data.
    """
    if names is None or expected is None:
        return
    for label, name in enumerate(names):
        if label >= len(expected):
            raise ValueError(f'Label {label} is {name!r} in {what}, but {whose} have '
                             f'{len(expected)} classes and no such label. {CURE}')
        if name != expected[label]:
            raise ValueError(f'Label {label} is {name!r} in {what}, but {expected[label]!r} in '
                             f'{whose}, so accuracies would be of the wrong classes. {CURE}')
