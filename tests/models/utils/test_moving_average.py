import copy

import pytest
import torch
from mmengine.logging import MessageHub
from mmengine.model import ExponentialMovingAverage
from mmpretrain.models.utils import CosineEMA
from torch import nn

from ltplug.engine.pretended_gpu import pretended_gpu
from ltplug.models.utils import CosineMovingAverage, MovingAverage

KINDS = {'constant': (ExponentialMovingAverage, MovingAverage),
         'cosine': (CosineEMA, CosineMovingAverage)}


@pytest.fixture(autouse=True)
def iterations():
    MessageHub.get_instance('averages').update_info('max_iters', 7)


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 2, 3))


def trained(model):
    torch.manual_seed(1)
    for _ in range(5):
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter))
        model(torch.randn(2, 3, 8, 8))
        yield


@pytest.mark.parametrize(('name', 'kwargs'), [
    ('constant', {}), ('constant', {'interval': 2}), ('constant', {'update_buffers': True}),
    ('constant', {'device': torch.device('cpu')}), ('cosine', {'end_momentum': 0.1}),
    ('cosine', {'interval': 2})])
def test_it_is_the_average_of_mmengine_or_mmpretrain(name, kwargs):
    model = network()
    expected, average = (kind(model, momentum=0.3, **kwargs) for kind in KINDS[name])
    for _ in trained(model):
        for each in (expected, average):
            each.update_parameters(model)
        for key, value in expected.state_dict().items():
            assert torch.equal(average.state_dict()[key], value), key


@pytest.mark.parametrize(('name', 'ours'), [
    ('constant', 0), ('constant', 1), ('cosine', 0)])
def test_it_goes_on_from_a_checkpoint(name, ours):
    model, kind = network(), KINDS[name][1]
    average = KINDS[name][ours](model, momentum=0.3, interval=3)
    for _ in trained(model):
        average.update_parameters(model)
    resumed = kind(network(), momentum=0.3, interval=3)
    resumed.update_parameters(model)  # it knows its steps before it is told others
    resumed.load_state_dict(copy.deepcopy(average.state_dict()))
    for _ in trained(model):
        average.update_parameters(model)
        resumed.update_parameters(model)
    assert resumed.steps == 10
    for key, value in average.state_dict().items():
        assert torch.equal(resumed.state_dict()[key], value), key


def test_a_gpu_is_waited_for_once():
    model = network()
    with pretended_gpu() as gpu:
        average = MovingAverage(model, device=gpu.device)
        for _ in range(3):
            average.update_parameters(model)
    assert [operator for operator, _ in gpu.waits.elements()] == ['_local_scalar_dense.default']


def test_a_network_without_parameters():
    model = nn.BatchNorm1d(2, affine=False)
    average = MovingAverage(model, momentum=0.5)
    for _ in range(2):
        model(torch.randn(4, 2))
        average.update_parameters(model)
    assert average.steps == 2 and average.module.running_var.equal(model.running_var)


def test_a_network_without_buffers():
    model = nn.Linear(2, 2)
    average = MovingAverage(model, momentum=0.5)
    before = model.weight.detach().clone()
    average.update_parameters(model)
    with torch.no_grad():
        model.weight.add_(1)
    average.update_parameters(model)
    torch.testing.assert_close(average.module.weight, before + 0.5)
