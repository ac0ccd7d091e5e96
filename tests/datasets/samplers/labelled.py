"""A dataset of labels alone, and how samplers are made of it in several processes."""

from unittest.mock import patch

import numpy as np

PACKAGE = 'ltplug.datasets.samplers'


class Labelled:
    """Labels class by class; takes draws."""

    accepts_draws = True

    def __init__(self, counts, names=None):
        self.labels = np.repeat(np.arange(len(counts)), counts)
        self.metainfo = {} if names is None else {'classes': names}

    def __len__(self):
        return len(self.labels)

    def get_gt_labels(self):
        return self.labels


def make(sampler, counts, rank=0, world_size=1, **kwargs):
    """Build a sampler over a Labelled dataset as one of several processes would."""
    dataset = counts if hasattr(counts, 'metainfo') else Labelled(counts)
    info = (rank, world_size)
    with patch(f'{PACKAGE}.class_sampler.get_dist_info', return_value=info), \
            patch(f'{PACKAGE}.draw_batch_sampler.get_dist_info', return_value=info):
        return sampler(dataset=dataset, **{'seed': 0, **kwargs})


def chi_square(sampler, probabilities, epochs):
    """Return Pearson's statistic of the classes of given epochs, in standard deviations."""
    drawn = np.concatenate([sampler.stream(epoch) for epoch in epochs])
    seen = np.bincount(sampler.dataset.labels[drawn], minlength=len(probabilities))
    expected = probabilities * len(drawn)
    free = len(probabilities) - 1
    return (((seen - expected)**2 / expected).sum() - free) / np.sqrt(2 * free)
