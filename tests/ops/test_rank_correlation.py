import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from ltplug.ops import rank_correlation


@pytest.mark.parametrize('seed', range(4))
def test_it_equals_that_of_scipy(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 6, 20), rng.normal(size=20) + 0.2 * rng.integers(0, 6, 20)
    found = rank_correlation(torch.from_numpy(a), torch.from_numpy(b))
    assert found.item() == pytest.approx(spearmanr(a, b).statistic, abs=1e-6)


def test_constant_values_have_none():
    assert rank_correlation(torch.ones(3), torch.tensor([1.0, 2.0, 3.0])) == 0
