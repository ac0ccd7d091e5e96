"""Which classes are taken for which."""

import numpy as np


def block_confusion(target: np.ndarray, predicted: np.ndarray, blocks: np.ndarray) -> np.ndarray:
    """Return where the test images of each block of classes go.

    Args:
        target (np.ndarray): True labels, int64[N].
        predicted (np.ndarray): Predicted labels, int64[N].
        blocks (np.ndarray): Block of each class, 0..K-1, int64[C]; of single classes, a
            permutation of the labels.

    Returns:
        np.ndarray: Percent of the images of block i that are predicted to be of a class of block j,
        float64[K, K]; NaN in rows without images.
    """
    num_blocks = int(blocks.max()) + 1
    cells = np.bincount(blocks[target] * num_blocks + blocks[predicted],
                        minlength=num_blocks**2).reshape(num_blocks, num_blocks)
    with np.errstate(invalid='ignore'):
        return 100.0 * cells / cells.sum(axis=1, keepdims=True)


def frequent_confusions(target: np.ndarray, predicted: np.ndarray,
                        number: int) -> list[tuple[int, int, int]]:
    """Return the pairs of classes that are confused most often.

    Args:
        target (np.ndarray): True labels, int64[N].
        predicted (np.ndarray): Predicted labels, int64[N].
        number (int): Pairs at most.

    Returns:
        list[tuple[int, int, int]]: True label, predicted label and images, most images first;
        equal ones by label.
    """
    wrong = target != predicted
    pairs, counts = np.unique(np.stack([target[wrong], predicted[wrong]], axis=1), axis=0,
                              return_counts=True)
    first = np.argsort(-counts, kind='stable')[:number]
    return [(int(true), int(other), int(count))
            for (true, other), count in zip(pairs[first], counts[first], strict=True)]
