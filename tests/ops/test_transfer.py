"""Small tensors move without waiting; what arrives is what left."""

import torch

from ltplug.ops.transfer import moved_to


def test_values_keep_what_they_are():
    values = torch.tensor([1, 2])
    assert moved_to(values, torch.device('cpu')) is values
    moved = moved_to(values, torch.device('cpu'), torch.float32)
    assert moved.dtype == torch.float32 and moved.tolist() == [1, 2]
    assert moved_to(values, torch.device('meta')).device.type == 'meta'
