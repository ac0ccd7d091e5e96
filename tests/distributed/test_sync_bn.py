"""Synchronised batch norm makes two processes agree with one that has the whole batch.

Torch's layer runs on GPUs only (``tests/gpu`` has it there). Here the same sums are exchanged in
its place, so that all that surrounds it is tested: the conversion, second networks, layers of two
branches, uneven shares, running statistics.
"""

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.distributed.nn.functional import all_reduce
from torch.nn.parallel import DistributedDataParallel

from ltplug.models import CPUDistributedDataParallel, DualBN, DualSyncBN
from ltplug.models.utils import synchronize_norms
from ltplug.models.utils.pruned_branch import _SyncNorm
from tests.ranks import on_two_ranks

from .cases import BATCH_NORM, build
from .running import run
from .test_agreement import assert_agreement

METHODS = ('ldam-drw', 'cbs-rrs-ss', 'kcl-queue', 'dscl-pbsd', 'sdclr', 'byol', 'fassl-alternating',
           'vat', 'mean-teacher')


def exchange_sums(layer, x):
    """Do what ``torch.nn.SyncBatchNorm.forward`` does, on a CPU."""
    if not layer.training:
        return F.batch_norm(x, layer.running_mean, layer.running_var, layer.weight, layer.bias,
                            False, layer.momentum, layer.eps)
    others = [dim for dim in range(x.ndim) if dim != 1]
    shape = [1, -1] + [1] * (x.ndim - 2)
    x, sums = x.double(), x.double().sum(others)
    count = torch.tensor([float(x.numel() / x.shape[1])], dtype=torch.float64)
    count = all_reduce(count)
    mean = all_reduce(sums) / count
    variance = all_reduce((x - mean.view(shape)).square().sum(others)) / count
    if layer.track_running_stats:
        layer.num_batches_tracked += 1
        for buffer, value in ((layer.running_mean, mean),
                              (layer.running_var, variance * count / (count - 1))):
            buffer.lerp_(value.detach().float(), layer.momentum)
    result = (x - mean.view(shape)) / (variance.view(shape) + layer.eps).sqrt()
    return result.float() * layer.weight.view(shape) + layer.bias.view(shape)


def train(rank, case, work_dir):
    if not torch.distributed.is_initialized():
        return run(build(case, work_dir, norm=None))
    cfg = build(case, work_dir, 2, norm=None)
    cfg.model_wrapper_cfg = dict(type='SyncBNDistributedDataParallel')
    with pytest.MonkeyPatch.context() as patch:
        for layer in (nn.SyncBatchNorm, _SyncNorm):
            patch.setattr(layer, 'forward', exchange_sums)
        patch.setattr(DistributedDataParallel, '_passing_sync_batchnorm_handle',
                      lambda *args: None)  # which refuses CPUs
        return run(cfg)


@pytest.mark.parametrize('name', METHODS)
def test_two_processes_agree_with_one(name, tmp_path):
    case = BATCH_NORM[name]
    alone = train(0, case, tmp_path / 'alone')
    assert_agreement(name, alone, on_two_ranks(train, case, tmp_path / 'together'))


def test_all_norms_are_converted_and_keep_what_they_have():
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Sequential(DualBN(4)),
                          nn.GroupNorm(2, 4))
    for parameter in model.parameters():
        nn.init.normal_(parameter)
    model(torch.randn(5, 3, 2, 2))
    model[1].eval()
    before, parameters = copy.deepcopy(model.state_dict()), list(model.parameters())
    converted = synchronize_norms(model)
    assert converted is model
    assert [type(layer) for layer in (model[1], model[2][0], model[2][0].pruned)] == [
        nn.SyncBatchNorm, DualSyncBN, _SyncNorm]
    assert all(a is b for a, b in zip(model.parameters(), parameters, strict=True))
    assert all(value.equal(model.state_dict()[name]) for name, value in before.items())
    assert not model[1].training and model[2][0].training and model[2][0].pruned.training
    assert type(synchronize_norms(nn.BatchNorm1d(3))) is nn.SyncBatchNorm
    dual = model[2][0]
    assert synchronize_norms(model)[2][0] is dual


@pytest.mark.parametrize('layer', [nn.SyncBatchNorm, DualSyncBN])
def test_layers_that_need_gpus_are_told(layer):
    with pytest.raises(ValueError, match='^1 is a SyncBN, which needs GPUs.*or use one process'):
        CPUDistributedDataParallel(nn.Sequential(nn.ReLU(), layer(3)))
