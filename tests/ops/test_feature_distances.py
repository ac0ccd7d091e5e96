import numpy as np

from ltplug.ops import subclass_distances


def literal(features, labels, ids, i):
    """Section 4.7 of SBCL, word by word."""
    def mean(others):
        return np.mean([np.linalg.norm(features[i] - features[j]) for j in others]) \
            if others else np.nan

    others = [j for j in range(len(labels)) if j != i]
    of_class = [j for j in others if labels[j] == labels[i]]
    of_subclass = [j for j in of_class if ids[j] == ids[i]]
    return [mean(of_subclass), mean([j for j in of_class if j not in of_subclass]),
            mean(of_class), mean([j for j in others if j not in of_class])]


def test_it_equals_the_definition(monkeypatch):
    monkeypatch.setattr('ltplug.ops.feature_distances._PAIRS_AT_ONCE', 100)  # several blocks
    rng = np.random.default_rng(0)
    features = rng.normal(size=(40, 5))
    labels, ids = rng.integers(0, 4, 40), rng.integers(0, 3, 40)
    labels[7] = 9  # alone in its class
    found = np.stack(list(subclass_distances(features, labels, ids).values()), axis=1)
    expected = [literal(features, labels, ids, i) for i in range(40)]
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)
    assert np.isnan(found[7]).tolist() == [True, True, True, False]
    chosen = subclass_distances(features, labels, ids, np.array([30, 2]))
    np.testing.assert_allclose(np.stack(list(chosen.values()), axis=1), found[[30, 2]])
