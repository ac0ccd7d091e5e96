"""Labels and class counts of any dataset, wrappers included."""

from typing import Any

import numpy as np


def gt_labels(dataset: Any) -> np.ndarray:
    """Return the label of every sample.

    Args:
        dataset (dataset): Any dataset of mmengine or mmpretrain, or a wrapper around one.

    Returns:
        np.ndarray: Labels in the order of the dataset, int64[N].

    Raises:
        ValueError: If samples have no label, or several.
    """
    if hasattr(dataset, 'full_init'):
        dataset.full_init()
    try:
        labels = _collect(dataset)
    except KeyError as error:
        raise ValueError(f'{type(dataset).__name__} has samples without {error}: give them labels, '
                         'or use a method that needs none.') from None
    except (TypeError, ValueError) as error:
        raise ValueError(f'{type(dataset).__name__} must have one integer label per sample: '
                         f'{error}.') from None
    if labels.ndim != 1:
        raise ValueError(f'{type(dataset).__name__} has several labels per sample; ltplug trains '
                         'on one label per image.')
    return labels


def _as_integers(values: Any) -> np.ndarray:
    values = np.asarray(values)
    labels = values.astype(np.int64)
    if not np.array_equal(labels, values):
        raise ValueError(f'{values[labels != values][0]} is not an integer')
    return labels


def _collect(dataset: Any) -> np.ndarray:
    if hasattr(dataset, 'get_gt_labels'):
        return _as_integers(dataset.get_gt_labels())
    if hasattr(dataset, 'datasets'):
        return np.concatenate([gt_labels(child) for child in dataset.datasets])
    if hasattr(dataset, 'repeat_indices'):  # mmengine's ClassBalancedDataset
        return gt_labels(dataset.dataset)[dataset.repeat_indices]
    if hasattr(dataset, 'times'):  # mmengine's RepeatDataset
        return np.tile(gt_labels(dataset.dataset), dataset.times)
    if hasattr(dataset, 'get_data_info'):
        infos = (dataset.get_data_info(i) for i in range(len(dataset)))
        return _as_integers([info['gt_label'] for info in infos])
    raise TypeError('it offers neither get_gt_labels() nor get_data_info()')


def class_counts(dataset: Any, num_classes: int | None = None,
                 labels: np.ndarray | None = None) -> np.ndarray:
    """Return how many samples each class of a dataset has.

    Args:
        dataset (dataset): Any dataset that :func:`gt_labels` takes.
        num_classes (int, optional): Number of classes C. Defaults to the class names in the
            dataset's metainfo, else to the largest label plus one.
        labels (np.ndarray, optional): Its labels, where they are known: reading them from a large
            dataset takes seconds.

    Returns:
        np.ndarray: Counts by label, int64[C]; 0 for a class that does not occur.

    Raises:
        ValueError: If a label lies outside [0, C).
    """
    if labels is None:
        labels = gt_labels(dataset)
    names = getattr(dataset, 'metainfo', {}).get('classes')
    if num_classes is None:
        num_classes = len(names) if names else int(labels.max(initial=-1)) + 1
    if names and labels.size and num_classes <= labels.max() < len(names):
        empty = [name for label, name in enumerate(names) if label not in labels]
        without = f', with no image of {", ".join(empty[:5])}: remove such classes (their ' \
            'folders), or' if empty else ':'
        raise ValueError(f'The labels run from {labels.min()} to {labels.max()}, but there are '
                         f'{num_classes} classes, for the data have {len(names)}{without} set '
                         f'num_classes of the head to {len(names)}.')
    if labels.size and not 0 <= labels.min() <= labels.max() < num_classes:
        raise ValueError(f'The labels run from {labels.min()} to {labels.max()}, but there are '
                         f'{num_classes} classes (labels 0 to {num_classes - 1}): set num_classes '
                         'of the head, or correct the labels.')
    return np.bincount(labels, minlength=num_classes)


def distinct_images(dataset: Any) -> np.ndarray:
    """Return where every image that a dataset has occurs first.

    Wrappers that repeat images (mmengine's ``RepeatDataset`` and ``ClassBalancedDataset``) make
    epochs longer, and give a class no other images.

    Args:
        dataset (dataset): Any dataset or wrapper.

    Returns:
        np.ndarray: Positions in the dataset, ascending, int64[n]; all of them where nothing is
        repeated.
    """
    if hasattr(dataset, 'full_init'):
        dataset.full_init()
    return np.sort(np.unique(_sources(dataset), return_index=True)[1])


def _sources(dataset: Any) -> np.ndarray:
    """Return a number of the image at every position, the same for the same image."""
    if hasattr(dataset, 'datasets'):
        parts, offset = [], 0
        for child in dataset.datasets:
            parts.append(_sources(child) + offset)
            offset += int(parts[-1].max(initial=-1)) + 1
        return np.concatenate(parts)
    if hasattr(dataset, 'repeat_indices'):
        return _sources(dataset.dataset)[dataset.repeat_indices]
    if hasattr(dataset, 'times'):
        return np.tile(_sources(dataset.dataset), dataset.times)
    if hasattr(dataset, 'inner_index'):  # DrawDataset and what is derived from it
        taken = np.fromiter(map(dataset.inner_index, range(len(dataset))), np.int64)
        return _sources(dataset.dataset)[taken]
    return np.arange(len(dataset))
