import torch

from ltplug.engine.pretended_gpu import pretended_gpu
from ltplug.ops.packing import moved_together


def test_tensors_move_in_one_transfer_that_does_not_wait():
    tensors = [torch.rand(2, 3), torch.rand(0, 4), torch.rand(20000)]
    with pretended_gpu() as gpu:
        for given in (tensors[:2], tensors):
            gpu.reset()
            moved = moved_together(given, gpu.device)
            assert [each.shape for each in moved] == [each.shape for each in given]
            assert all(each.is_meta for each in moved)
            assert len(gpu.uploads) == gpu.launched == 1 and not gpu.uploads[0].waits


def test_on_the_cpu_nothing_moves():
    tensors = [torch.rand(2), torch.rand(3)]
    assert all(map(torch.equal, moved_together(tensors, torch.device('cpu')), tensors))
    assert moved_together([], torch.device('meta')) == []
