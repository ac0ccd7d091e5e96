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


def test_entries_that_do_not_count_change_nothing():
    torch.manual_seed(0)
    first, second = torch.randint(0, 6, (2, 20)).float()
    counted = torch.rand(20) < 0.6
    torch.testing.assert_close(rank_correlation(first, second, counted),
                               rank_correlation(first[counted], second[counted]))
    assert rank_correlation(first, second, torch.zeros(20, dtype=torch.bool)) == 0
