import pytest
import torch
from mmpretrain.models.losses.swav_loss import distributed_sinkhorn

from ltplug.ops import sinkhorn


@pytest.mark.parametrize('num_iters', [1, 3, 10])
def test_it_equals_mmpretrains_in_one_process(num_iters):
    scores = torch.randn(12, 5, generator=torch.Generator().manual_seed(0)) / 3
    found = sinkhorn(scores, 0.1, num_iters)
    torch.testing.assert_close(found, distributed_sinkhorn(scores, num_iters, 1, 0.1))
    torch.testing.assert_close(found.sum(dim=1), torch.ones(12))


def test_many_iterations_use_prototypes_equally():
    scores = torch.rand(20, 4, generator=torch.Generator().manual_seed(0)) + torch.eye(4)[0]
    torch.testing.assert_close(sinkhorn(scores, num_iters=500).sum(dim=0), torch.full((4, ), 5.0),
                               rtol=1e-3, atol=1e-3)


def test_small_epsilons_and_half_precision_do_not_overflow():
    for epsilon in (0.05, 1e-6):
        found = sinkhorn(torch.eye(3).half(), epsilon)
        assert found.dtype == torch.float32
        torch.testing.assert_close(found, torch.eye(3), atol=1e-6, rtol=0)
