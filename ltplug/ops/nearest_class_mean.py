"""The nearest class mean classifier.

Kang et al., "Decoupling Representation and Classifier for Long-Tailed Recognition", 2020, section
4, with the normalisations of its code: the mean of each class's training features stands for the
class, and an image goes to the class whose mean is nearest.
"""

import numpy as np
import torch

from .class_weights import Array
from .tau_normalization import row_lengths

NORMALIZATIONS = ('un', 'l2n', 'cl2n')
METRICS = ('l2', 'cosine', 'dot')


def check_choice(name: str, value: str, choices: tuple[str, ...]) -> str:
    """Return one of several names, or complain.

    Args:
        name (str): What is chosen.
        value (str): The choice.
        choices (tuple[str, ...]): What it may be.

    Returns:
        str: The choice.

    Raises:
        ValueError: If it is none of them.
    """
    if value not in choices:
        raise ValueError(f'{name} must be one of {", ".join(choices)}, got {value!r}.')
    return value


def normalize_features(features: Array, normalization: str, mean: Array | None = None) -> Array:
    """Return features as the nearest class mean classifier compares them.

    Args:
        features (array or Tensor): Of training or test images, [N, D].
        normalization (str): 'un' (as they are), 'l2n' (length 1) or 'cl2n' (``mean`` subtracted,
            then length 1).
        mean (array or Tensor, optional): The mean of all training features, [D]; for 'cl2n'.

    Returns:
        array or Tensor: [N, D]; a feature of zeros stays as it is.

    Raises:
        ValueError: If the normalisation is unknown or 'cl2n' has no mean.
    """
    check_choice('normalization', normalization, NORMALIZATIONS)
    if normalization == 'un':
        return features
    if normalization == 'cl2n':
        if mean is None:
            raise ValueError("The normalization 'cl2n' subtracts the mean of all training "
                             'features: pass it as mean.')
        features = features - mean
    return features / row_lengths(features)


def class_means(features: Array, labels: Array, num_classes: int) -> Array:
    """Return the mean feature of every class; means of unit vectors are shorter than 1.

    Args:
        features (array or Tensor): Normalised training features, [N, D].
        labels (array or Tensor): Their classes, int64[N].
        num_classes (int): Number of classes C.

    Returns:
        array or Tensor: [C, D], of the type of the features.

    Raises:
        ValueError: If there is not one label per feature, a label is out of range or a class has
            no feature.
    """
    if len(features) != len(labels):
        raise ValueError(f'There are {len(features)} features for {len(labels)} labels.')
    found = np.asarray(labels.cpu() if isinstance(labels, torch.Tensor) else labels)
    if len(found) and not 0 <= found.min() <= found.max() < num_classes:
        raise ValueError(f'Labels run from {found.min()} to {found.max()}, but there are '
                         f'{num_classes} classes.')
    counts = np.bincount(found, minlength=num_classes)
    if not counts.all():
        raise ValueError(f'Classes {np.flatnonzero(counts == 0).tolist()} have no training image, '
                         'so they have no mean: leave them out of the classes or add images.')
    members = np.split(np.argsort(found, kind='stable'), np.cumsum(counts)[:-1])
    means = [features[images].mean(axis=0) for images in members]
    return torch.stack(means) if isinstance(features, torch.Tensor) else np.stack(means)


def nearest_class_mean_logits(features: Array, means: Array, metric: str = 'l2') -> Array:
    """Return how near features are to the class means.

    Args:
        features (array or Tensor): Normalised as those of the means were, [N, D].
        means (array or Tensor): :func:`class_means`, [C, D].
        metric (str): 'l2' (negative squared distance), 'cosine' (of the angle between both) or
            'dot' (inner product over D, which the authors' code calls cosine: long means win).
            Defaults to 'l2', as in their code.

    Returns:
        array or Tensor: [N, C], the largest at the nearest mean.

    Raises:
        ValueError: If the metric is unknown.

    Example:
        >>> import numpy as np
        >>> from ltplug.ops import nearest_class_mean_logits
        >>> means = np.array([[0.0, 1.0], [4.0, 1.0]])
        >>> nearest_class_mean_logits(np.array([[1.0, 1.0]]), means)
        array([[-1., -9.]])
    """
    check_choice('metric', metric, METRICS)
    if metric == 'dot':
        return features @ means.T / features.shape[1]
    if metric == 'cosine':
        return (features / row_lengths(features)) @ (means / row_lengths(means)).T
    # Distances stay the same around another origin, and the squares below lose fewer digits.
    origin = means.sum(axis=0) / len(means)
    features, means = features - origin, means - origin
    squares = (features * features).sum(axis=1)[:, None] + (means * means).sum(axis=1)
    return 2 * features @ means.T - squares
