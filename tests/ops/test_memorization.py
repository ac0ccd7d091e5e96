import torch

from ltplug.ops import memorization_strengths


def test_by_hand():
    found = memorization_strengths(torch.tensor([2.0, torch.nan, 4.0, 9.0]))
    torch.testing.assert_close(found, torch.tensor([0.125, 0.0, 0.375, 1.0]))


def test_nothing_seen_and_equal_losses():
    assert memorization_strengths(torch.full((3, ), torch.nan)).equal(torch.zeros(3))
    assert memorization_strengths(torch.full((3, ), 0.7)).equal(torch.full((3, ), 0.5))
