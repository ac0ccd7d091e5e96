import pytest
import torch

from ltplug.ops import pick_positives
from ltplug.ops.contrastive import _pick_densely


def test_k_different_candidates_of_each_row_or_all():
    candidates = torch.rand(40, 60) < torch.linspace(0, 0.3, 40)[:, None]
    picked = pick_positives(candidates, 4, seed=1)
    assert not (picked & ~candidates).any()
    assert picked.sum(1).equal(candidates.sum(1).clamp(max=4))
    assert not pick_positives(candidates, 0, seed=1).any()


def test_rows_are_picked_alike_wherever_they_stand():
    candidates = torch.ones(9, 50, dtype=torch.bool)
    joint = pick_positives(candidates, 5, seed=3)
    assert pick_positives(candidates[4:], 5, seed=3, first_row=4).equal(joint[4:])
    assert not pick_positives(candidates, 5, seed=4).equal(joint)


def test_all_candidates_are_picked_alike_and_independently():
    candidates = torch.zeros(20, 12, dtype=torch.bool)
    candidates[:, 1:11] = True
    counts, together = torch.zeros(20, 12), 0
    for seed in range(1000):
        picked = pick_positives(candidates, 3, seed)
        counts += picked
        together += (picked[0] & picked[1]).sum().item()
    assert (counts[:, 1:11] - 300).abs().max() < 75  # 5 standard deviations
    assert abs(together - 900) < 150


@pytest.mark.parametrize('k', [0, 1, 4, 100])
def test_a_gpu_picks_the_same(k):
    candidates = torch.rand(40, 60) < torch.linspace(0, 0.3, 40)[:, None]
    assert _pick_densely(candidates, k, seed=3, first_row=7).equal(
        pick_positives(candidates, k, seed=3, first_row=7))
