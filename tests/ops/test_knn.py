import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.neighbors import KNeighborsClassifier

from ltplug.ops import knn_classify


def unit(count, dimension, seed):
    generator = torch.Generator().manual_seed(seed)
    return F.normalize(torch.randn(count, dimension, generator=generator), dim=1)


@pytest.mark.parametrize('k', [1, 7, 200])
@pytest.mark.parametrize('temperature', [0.07, 1.0])
def test_it_equals_the_classifier_of_scikit_learn(k, temperature):
    bank, query = unit(500, 16, 0), unit(123, 16, 1)
    labels = torch.from_numpy(np.random.default_rng(0).integers(0, 10, 500))

    def votes(distances):
        return np.exp((1 - distances) / temperature)

    reference = KNeighborsClassifier(k, weights=votes, algorithm='brute', metric='cosine')
    expected = reference.fit(bank.numpy(), labels.numpy()).predict(query.numpy())
    found = knn_classify(bank, labels, query, k, temperature, block_size=50)
    np.testing.assert_array_equal(found, expected)


def by_hand(bank, labels, query, k, temperature):
    predicted = []
    for each in query:
        cosines = [float(each @ other) for other in bank]
        nearest = sorted(range(len(bank)), key=lambda i: (-cosines[i], i))[:k]
        votes = {}
        for i in nearest:
            votes[int(labels[i])] = votes.get(int(labels[i]), 0) + math.exp(
                cosines[i] / temperature)
        predicted.append(min(votes, key=lambda label: (-votes[label], label)))
    return predicted


@pytest.mark.parametrize('seed', range(5))
def test_ties_are_broken_by_position_and_label(seed):
    rng = np.random.default_rng(seed)
    # few distinct directions on the axes: cosines are exactly 0, 1 or -1
    axes = torch.cat([torch.eye(3), -torch.eye(3)])
    bank, query = (axes[torch.from_numpy(rng.integers(0, 6, n))] for n in (40, 30))
    labels = torch.from_numpy(rng.integers(0, 4, 40))
    for k in (1, 3, 10, 39, 40):
        assert knn_classify(bank, labels, query, k, 0.5, 7).tolist() == by_hand(
            bank, labels, query, k, 0.5), k


def test_a_low_temperature_neither_overflows_nor_vanishes():
    bank, query = unit(50, 4, 0), unit(20, 4, 1)
    labels = torch.arange(50) % 5
    nearest = labels[(query @ bank.T).argmax(1)]
    assert torch.equal(knn_classify(bank, labels, query, 50, 1e-4), nearest)


def test_mistakes_are_told():
    bank, labels = unit(5, 4, 0), torch.arange(5)
    with pytest.raises(ValueError, match='between 1 and the 5 features of the bank, got 6'):
        knn_classify(bank, labels, bank, 6)
    with pytest.raises(ValueError, match='temperature must be positive'):
        knn_classify(bank, labels, bank, 5, 0)
    with pytest.raises(ValueError, match='5 features but 4 labels'):
        knn_classify(bank, labels[:4], bank, 5)
    with pytest.raises(ValueError, match='not finite'):
        knn_classify(bank, labels, bank * torch.nan, 5)
