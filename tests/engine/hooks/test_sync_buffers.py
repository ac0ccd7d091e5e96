from types import SimpleNamespace

import pytest
import torch
from torch import nn

from ltplug.engine import SyncAllBuffersHook
from tests.ranks import on_two_ranks

INDEX = 2**24 + 1  # the first integer that float32 has not


def synced(rank, moment):
    models = [nn.Module(), nn.Module()]
    for model in models:
        model.register_buffer('mean', torch.tensor([1.0 + rank]))
        model.register_buffer('indices', torch.tensor([INDEX]))
    runner = SimpleNamespace(model=models[0], hooks=[SimpleNamespace(ema_model=models[1])])
    getattr(SyncAllBuffersHook(), moment)(runner)
    return [(model.mean.item(), model.indices.item()) for model in models]


@pytest.mark.parametrize('moment', ['after_train_epoch', 'before_val_epoch'])
def test_statistics_are_averaged_and_indices_stay(moment):
    assert on_two_ranks(synced, moment) == [[(1.5, INDEX)] * 2] * 2
