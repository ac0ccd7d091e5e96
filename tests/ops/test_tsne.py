import numpy as np

from ltplug.ops import tsne_embedding
from ltplug.ops.tsne import _IterationReader


def test_groups_that_lie_apart_stay_apart(capsys):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(60, 16)) + 20 * np.repeat([[0], [1]], 30, axis=0)
    points = tsne_embedding(features)
    np.testing.assert_array_equal(points, tsne_embedding(features))
    first, second = points[:30], points[30:]
    spread = np.linalg.norm(first - first.mean(0), axis=1).max()
    assert np.linalg.norm(first.mean(0) - second.mean(0)) > spread
    assert capsys.readouterr().out == '', 'what scikit-learn prints is read, not shown'


def test_iterations_are_counted(monkeypatch):
    steps = []

    class Reader(_IterationReader):
        def __init__(self, advance):
            super().__init__(lambda number: (steps.append(number), advance(number)))

    monkeypatch.setattr('ltplug.ops.tsne._IterationReader', Reader)
    tsne_embedding(np.random.default_rng(0).normal(size=(20, 4)))
    assert len(steps) > 3 and steps[0] == 50 and sum(steps) <= 1000
