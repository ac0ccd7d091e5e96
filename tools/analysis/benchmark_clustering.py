"""Time and memory of re-clustering a whole training set, on one core, measured in one run.

Clusters random unit features of data sets of the size
of ImageNet-LT (its true class counts) and iNaturalist 2018 (a Pareto profile with its number of
classes and images, largest and smallest class), to the fixed point; then compares with two literal
versions of Algorithm 1 of SBCL, in plain Python and in numpy. Example::

    OMP_NUM_THREADS=1 python tools/analysis/benchmark_clustering.py
"""

import argparse
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ltplug.ops import balanced_clusters, capacity_assignment, long_tail_counts

COUNTS = Path(__file__).parents[2] / 'tests/data/rebal_counts.npz'
DIM, MAX_SIZE, UNTIL_FIXED_POINT = 128, 20, 1000
INAT18_IMAGES = 437_513


def inat18_like_counts() -> np.ndarray:
    """Return 8,142 counts from 1000 to 2 with iNaturalist 2018's total."""
    counts = long_tail_counts(1000, 8142, 500, 'pareto', alpha=6.4)
    counts[1:1 + INAT18_IMAGES - counts.sum()] += 1
    return counts


def random_features(number: int, seed: int = 0) -> np.ndarray:
    """Return unit vectors, float32 [n, 128]."""
    features = np.random.default_rng(seed).standard_normal((number, DIM), dtype=np.float32)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    return features


def cluster_all(features: np.ndarray, counts: np.ndarray) -> int:
    """Cluster class after class; returns the number of clusters."""
    total = 0
    for label, own in enumerate(np.split(features, np.cumsum(counts)[:-1])):
        total += balanced_clusters(own, MAX_SIZE, UNTIL_FIXED_POINT, seed=label).max() + 1
    return total


def literal_python(similarity: list[list[float]], capacity: int) -> list[int]:
    """Algorithm 1's inner loop, word for word."""
    assignment = [-1] * len(similarity)
    free, centres = set(range(len(similarity))), set(range(len(similarity[0])))
    sizes = [0] * len(similarity[0])
    while free:
        best = (float('-inf'), 0, 0)
        for sample in free:
            row = similarity[sample]
            for centre in centres:
                if row[centre] > best[0]:
                    best = (row[centre], sample, centre)
        _, sample, centre = best
        assignment[sample] = centre
        free.remove(sample)
        sizes[centre] += 1
        if sizes[centre] >= capacity:
            centres.remove(centre)
    return assignment


def literal_numpy(similarity: np.ndarray, capacity: int) -> np.ndarray:
    """The same with every search for the best pair vectorised."""
    similarity = similarity.copy()
    assignment = np.empty(len(similarity), dtype=np.int64)
    sizes = np.zeros(similarity.shape[1], dtype=np.int64)
    for _ in range(len(similarity)):
        sample, centre = divmod(int(similarity.argmax()), similarity.shape[1])
        assignment[sample] = centre
        similarity[sample] = -np.inf
        sizes[centre] += 1
        if sizes[centre] >= capacity:
            similarity[:, centre] = -np.inf
    return assignment


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """Return a result, and the median seconds of five calls."""
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        result = call()
        seconds.append(time.perf_counter() - start)
    return result, statistics.median(seconds)


def compare(name: str, literal: Callable, number: int, max_size: int) -> None:
    """Time one pass of ours and of a literal version, which must agree."""
    features = random_features(number)
    similarity = features @ features[:-(-number // max_size)].T
    as_given = similarity.tolist() if literal is literal_python else similarity
    ours, fast = timed(lambda: capacity_assignment(similarity, max_size))
    theirs, slow = timed(lambda: literal(as_given, max_size))
    if not np.array_equal(ours, theirs):
        sys.exit(f'{name} gives another assignment.')
    print(f'One pass over {number:,} samples with cap {max_size}: {fast:.3f} s, {name} '
          f'{slow:.2f} s, {slow / fast:.1f} times as long')


def main() -> None:
    """Run everything and print one line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.parse_args()
    with np.load(COUNTS) as arrays:
        imagenet_lt = arrays['imagenet_lt_train_counts']
    for name, counts in (('ImageNet-LT', imagenet_lt), ('iNaturalist 2018', inat18_like_counts())):
        features = random_features(counts.sum())
        start = time.perf_counter()
        clusters = cluster_all(features, counts)
        seconds = time.perf_counter() - start
        tracemalloc.start()  # slows Python down: once more, not timed
        cluster_all(features, counts)
        extra = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
        print(f'Size of {name}: {len(features):,} x {DIM}, {(counts > MAX_SIZE).sum()} of '
              f'{len(counts)} classes split, {clusters:,} clusters: {seconds:.2f} s, '
              f'{extra:.0f} MiB over the features')
    compare('plain Python', literal_python, 1280, MAX_SIZE)
    compare('literal numpy', literal_numpy, 5000, 50)


if __name__ == '__main__':
    main()
