"""Clusters of bounded size inside a class."""

from bisect import insort

import numpy as np
import torch

from ltplug.utils import hash_seed, show_progress

from .class_weights import Array, _as_given

INITS = ('kmeans++', 'farthest')
NUM_CLUSTERS = ('ceil', 'floor')

_FIRST_CHOICES = 8
_SAMPLE_MASK = (1 << 31) - 1


def balanced_clusters(features: Array,
                      max_size: int,
                      num_iters: int = 35,
                      seed: int = 0,
                      init: str = 'kmeans++',
                      num_clusters: str = 'ceil',
                      equalize: bool = False,
                      generator: torch.Generator | None = None) -> Array:
    r"""Cluster the features of a class into clusters of at most a given size.

    Subclass-balancing adaptive clustering of SBCL (Hou et al., "Subclass-balancing Contrastive
    Learning for Long-tailed Recognition", 2023, Algorithm 1): far-apart samples become centres;
    then samples are assigned, the most similar pair of free sample and open centre first
    (:func:`capacity_assignment`), and centres become the mean of their members, in turns, until
    the assignment repeats. Similarity is the cosine. Costs O(n m log m) a pass for m centres.

    The paper does not state m: the cap needs :math:`m = \lceil n / M \rceil`. The released code
    takes :math:`\lfloor n / M \rfloor` and sizes up to :math:`\lceil n / m \rceil`, above M.

    Args:
        features (array or Tensor): Float [n, D]; of any length, only directions matter.
        max_size (int): The cap M, at least 1.
        num_iters (int): How often centres are updated at most, K of the paper. Defaults to 35.
        seed (int): Of the first centres. Defaults to 0.
        init (str): First centres: 'kmeans++' (Arthur & Vassilvitskii, 2007: drawn by squared
            distance, 2 - 2 cos, from the nearest centre) or 'farthest' (the farthest each; the
            first is drawn). Defaults to 'kmeans++'.
        num_clusters (str): 'ceil', or 'floor' as the released code. Defaults to 'ceil'.
        equalize (bool): Whether the cap is lowered to :math:`\lceil n / m \rceil`, so that no
            cluster is left nearly empty. Defaults to False.
        generator (torch.Generator, optional): Draws the seed, instead of ``seed``.

    Returns:
        array or Tensor: Cluster ids in 0..m-1, int64[n]; all 0 where n <= M. With the cap some
        ids may be unused.

    Raises:
        ValueError: If an argument is out of range, or features are not finite.

    Example:
        >>> import numpy as np
        >>> from ltplug.ops import balanced_clusters
        >>> features = np.array([[1, 0], [0, 1], [1, .1], [.1, 1]])
        >>> ids = balanced_clusters(features, max_size=2)
        >>> ids[0] == ids[2] != ids[1] == ids[3]
        np.True_
    """
    if features.ndim != 2:
        raise ValueError(f'features must be [n, D], got {tuple(features.shape)}.')
    if max_size < 1:
        raise ValueError(f'max_size must be at least 1, got {max_size}.')
    if num_iters < 0:
        raise ValueError(f'num_iters must be at least 0, got {num_iters}.')
    if init not in INITS:
        raise ValueError(f'init must be one of {", ".join(INITS)}, got {init!r}.')
    if num_clusters not in NUM_CLUSTERS:
        raise ValueError(f'num_clusters must be one of {", ".join(NUM_CLUSTERS)}, got '
                         f'{num_clusters!r}.')
    number = len(features)
    count = max(number // max_size, 1) if num_clusters == 'floor' else -(-number // max_size)
    if count <= 1:
        return _as_given(np.zeros(number, dtype=np.int64), features)
    if generator is not None:
        seed = int(torch.randint(2**62, (1, ), generator=generator, device=generator.device))
    values = features.detach().cpu() if isinstance(features, torch.Tensor) else features
    unit = _normalize(np.asarray(values, dtype=np.float32))
    if not np.isfinite(unit).all():
        raise ValueError('features must be finite: the model that gave them has diverged.')
    first = _far_apart(unit, count, init, np.random.default_rng(seed))
    even = -(-number // count)
    capacity = even if equalize or num_clusters == 'floor' else max_size
    return _as_given(_refine(unit, unit[first], capacity, num_iters), features)


def cluster_classes(features: np.ndarray, labels: np.ndarray, max_size: int, seed: int = 0,
                    **kwargs) -> np.ndarray:
    """Cluster every class on its own with :func:`balanced_clusters`.

    Args:
        features (np.ndarray): Float [n, D].
        labels (np.ndarray): Classes in any order, ints [n].
        max_size (int): The cap of a cluster.
        seed (int): Each class gets a seed of its own from it. Defaults to 0.
        **kwargs: ``num_iters``, ``init``, ``num_clusters`` and ``equalize``.

    Returns:
        np.ndarray: Cluster ids, numbered inside each class, int64[n].
    """
    ids = np.empty(len(labels), dtype=np.int64)
    order = np.argsort(labels, kind='stable')
    found, starts = np.unique(labels[order], return_index=True)
    with show_progress('Clustering', len(labels), 'images') as advance:
        for label, members in zip(found, np.split(order, starts[1:]), strict=True):
            ids[members] = balanced_clusters(features[members], max_size,
                                             seed=hash_seed(seed, label), **kwargs)
            advance(len(members))
    return ids


def changed_share(before: np.ndarray, after: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of samples that are in new company, whatever the numbers of clusters.

    Every new cluster is compared with the old one that most of its samples come from.

    Args:
        before (np.ndarray): Cluster ids, numbered inside each class, ints [n].
        after (np.ndarray): The same, later, ints [n].
        labels (np.ndarray): Classes, ints [n].

    Returns:
        float: In [0, 1); 0 if no cluster has samples of two old ones.

    Example:
        >>> import numpy as np
        >>> from ltplug.ops import changed_share
        >>> changed_share(np.array([0, 0, 1, 1]), np.array([1, 1, 1, 0]), np.zeros(4, int))
        0.25
    """
    size = max(before.max(), after.max()) + 1
    moves, counts = np.unique((labels * size + after) * size + before, return_counts=True)
    _, starts = np.unique(moves // size, return_index=True)
    return float(1 - np.maximum.reduceat(counts, starts).sum() / len(labels))


def capacity_assignment(similarity: np.ndarray, capacity: int) -> np.ndarray:
    """Assign samples to centres, the most similar pair first; a full centre leaves.

    The inner loop of Algorithm 1 of SBCL. Of equally similar pairs that of the lower sample index
    comes first, then that of the lower centre index.

    All pairs stand in one order, so the result is the one stable matching of samples and centres,
    and deferred acceptance (Gale & Shapley, 1962) finds it: each sample asks its next best centre;
    a centre keeps the best it was asked by and sends the others on.

    Args:
        similarity (np.ndarray): Finite floats [n, m], compared in float32.
        capacity (int): Samples a centre takes at most; n <= m * capacity.

    Returns:
        np.ndarray: The centre of every sample, int64[n].

    Raises:
        ValueError: If the centres cannot take all samples.
    """
    similarity = np.ascontiguousarray(similarity, dtype=np.float32)
    number, count = similarity.shape
    if number > count * capacity:
        raise ValueError(f'{count} centres of at most {capacity} samples cannot take {number}.')
    best = similarity.argmax(axis=1)
    if count == 1 or np.bincount(best).max() <= capacity:
        return best.astype(np.int64)
    ranks = _rank_keys(similarity)
    order = np.argsort(-similarity, axis=1, kind='stable')
    ranks = np.take_along_axis(ranks, order, axis=1)
    # Most samples stay with one of their first choices; the rest of a row is converted on demand.
    keys, choices = ranks[:, :_FIRST_CHOICES].tolist(), order[:, :_FIRST_CHOICES].tolist()

    held: list[list[int]] = [[] for _ in range(count)]  # keys of a centre's samples, best first
    asked = [0] * number
    # In the order of their best similarity few are sent on by a later one.
    for sample in np.argsort(-similarity.max(axis=1), kind='stable').tolist():
        while sample >= 0:
            place = asked[sample]
            asked[sample] = place + 1
            if place == len(keys[sample]):
                keys[sample], choices[sample] = ranks[sample].tolist(), order[sample].tolist()
            key, mine = keys[sample][place], held[choices[sample][place]]
            if len(mine) < capacity:
                insort(mine, key)
                sample = -1
            elif key < mine[-1]:
                sample = mine.pop() & _SAMPLE_MASK
                insort(mine, key)
    assignment = np.empty(number, dtype=np.int64)
    for centre, mine in enumerate(held):
        assignment[np.array(mine, dtype=np.int64) & _SAMPLE_MASK] = centre
    return assignment


def _rank_keys(similarity: np.ndarray) -> np.ndarray:
    """Return keys that sort a centre's samples best first, ties by index, int64[n, m].

    The bits of a float, with those of negative ones flipped, sort like the float.
    """
    bits = (similarity + np.float32(0)).view(np.int32)  # + 0: -0 equals 0
    ordered = np.where(bits < 0, bits ^ np.int32(0x7FFFFFFF), bits).astype(np.int64)
    return (~ordered << 31) | np.arange(len(similarity), dtype=np.int64)[:, None]


def _normalize(vectors: np.ndarray) -> np.ndarray:
    length = np.sqrt(np.einsum('nd,nd->n', vectors, vectors, dtype=np.float64))
    return (vectors / np.maximum(length, 1e-12)[:, None]).astype(np.float32)


def _far_apart(unit: np.ndarray, count: int, init: str, rng: np.random.Generator) -> np.ndarray:
    """Return the indices of samples that become the first centres, int64[count]."""
    chosen = np.empty(count, dtype=np.int64)
    chosen[0] = rng.integers(len(unit))
    distance = np.full(len(unit), np.inf)
    draws = rng.random(count)
    for place in range(1, count):
        to_last = 2 - 2 * (unit @ unit[chosen[place - 1]]).astype(np.float64)
        np.minimum(distance, to_last, out=distance)
        distance[chosen[place - 1]] = 0  # not the rounding of 2 - 2 cos
        np.maximum(distance, 0, out=distance)
        if init == 'farthest':
            chosen[place] = distance.argmax()
            continue
        total = distance.cumsum()
        if total[-1] > 1e-6 * len(unit):
            chosen[place] = min(total.searchsorted(draws[place] * total[-1], 'right'),
                                len(unit) - 1)
        else:  # all samples coincide with centres
            chosen[place] = int(draws[place] * len(unit))
    return chosen


def _refine(unit: np.ndarray, centres: np.ndarray, capacity: int, num_iters: int) -> np.ndarray:
    """Assign and update centres in turns; returns the last assignment, int64[n]."""
    centres = _normalize(centres)
    assignment = capacity_assignment(unit @ centres.T, capacity)
    for _ in range(num_iters):
        order = assignment.argsort(kind='stable')
        filled, starts = np.unique(assignment[order], return_index=True)
        centres[filled] = _normalize(np.add.reduceat(unit[order], starts, axis=0))
        before, assignment = assignment, capacity_assignment(unit @ centres.T, capacity)
        if np.array_equal(assignment, before):
            break
    return assignment
