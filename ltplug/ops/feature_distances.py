"""How far samples are from their subclass, their class and everything else."""

import numpy as np

KINDS = 'intra-subclass', 'inter-subclass', 'intra-class', 'inter-class'
_PAIRS_AT_ONCE = 2**24


def subclass_distances(features: np.ndarray, labels: np.ndarray, cluster_ids: np.ndarray,
                       anchors: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Return the mean Euclidean distances of samples from four sets of other samples.

    Hou et al., "Subclass-balancing Contrastive Learning for Long-tailed Recognition", 2023,
    section 4.7: the others of the same subclass, those of the same class in other subclasses, the
    others of the same class, and those of other classes. A sample is in none of its own sets.

    Args:
        features (np.ndarray): float[N, D].
        labels (np.ndarray): Classes, int64[N].
        cluster_ids (np.ndarray): Subclasses, int64[N]; numbered in each class or over all.
        anchors (np.ndarray, optional): Positions of the samples whose distances are wanted,
            int64[A]. Defaults to all.

    Returns:
        dict[str, np.ndarray]: 'intra-subclass', 'inter-subclass', 'intra-class' and 'inter-class',
        each float64[A]; NaN where the set is empty.
    """
    features = np.asarray(features, dtype=np.float64)
    anchors = np.arange(len(features)) if anchors is None else np.asarray(anchors)
    squares = (features**2).sum(axis=1)
    step = max(_PAIRS_AT_ONCE // max(len(features), 1), 1)
    blocks = [_block(features, squares, labels, cluster_ids, anchors[start:start + step])
              for start in range(0, len(anchors), step)]
    means = np.concatenate(blocks, axis=1) if blocks else np.empty((len(KINDS), 0))
    return dict(zip(KINDS, means, strict=True))


def _block(features: np.ndarray, squares: np.ndarray, labels: np.ndarray,
           cluster_ids: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    distances = squares[anchors, None] + squares - 2 * features[anchors] @ features.T
    distances = np.sqrt(np.maximum(distances, 0))
    same_class = labels[anchors, None] == labels
    same_subclass = same_class & (cluster_ids[anchors, None] == cluster_ids)
    others = np.arange(len(features)) != anchors[:, None]
    sets = same_subclass & others, same_class & ~same_subclass, same_class & others, ~same_class
    means = [np.full(len(anchors), np.nan) for _ in sets]
    for mean, chosen in zip(means, sets, strict=True):
        counts = chosen.sum(axis=1)
        np.divide((distances * chosen).sum(axis=1), counts, out=mean, where=counts > 0)
    return np.stack(means)
