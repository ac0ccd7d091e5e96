"""Features in two dimensions."""

import re
from collections.abc import Callable
from contextlib import redirect_stdout
from io import TextIOBase

import numpy as np

from ltplug.utils import show_progress

_ITERATIONS = 1000  # the default of scikit-learn


class _IterationReader(TextIOBase):
    """Reads the iterations off what scikit-learn prints; it has no other way to tell them."""

    def __init__(self, advance: Callable[[int], None]) -> None:
        self.advance = advance
        self.done = 0

    def write(self, text: str) -> int:
        found = re.search(r'Iteration (\d+):', text)
        if found:
            iteration = int(found[1])
            self.advance(iteration - self.done)
            self.done = iteration
        return len(text)


def tsne_embedding(features: np.ndarray, seed: int = 0) -> np.ndarray:
    """Place features in the plane so that neighbours stay neighbours (t-SNE).

    Args:
        features (np.ndarray): Float [N, D], N at least 4.
        seed (int): Of the optimisation. Defaults to 0.

    Returns:
        np.ndarray: Float [N, 2].
    """
    from sklearn.manifold import TSNE  # takes a second, which other functions need not

    perplexity = min(30.0, (len(features) - 1) / 3)
    embedding = TSNE(init='pca', perplexity=perplexity, random_state=seed, verbose=2)
    with show_progress('t-SNE', _ITERATIONS, 'iterations') as advance, \
            redirect_stdout(_IterationReader(advance)):
        return embedding.fit_transform(features)
