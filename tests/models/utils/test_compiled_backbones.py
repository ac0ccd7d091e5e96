import copy

import pytest
import torch
from torch import nn

from ltplug.models.utils.compiled_backbones import compile_backbones
from tests.models.methods.small import QUEUE, batch, build


@pytest.fixture
def calls():
    """Count the graphs that run, and how often each does; nothing is translated."""
    torch._dynamo.reset()
    found = []

    def backend(graph, inputs):
        index = len(found)
        found.append(0)

        def run(*args):
            found[index] += 1
            return graph(*args)
        return run

    yield backend, found
    torch._dynamo.reset()


def test_all_backbones_of_a_method_are_compiled(calls):
    backend, found = calls
    model = build('SupConMoCo', loss=dict(type='ltplug.KPositiveSupConLoss'), **QUEUE)
    expected = copy.deepcopy(model)
    names = list(model.state_dict())
    assert compile_backbones(model, backend=backend) == 2
    assert list(model.state_dict()) == names
    views, samples = batch()
    for number in (1, 2):
        torch.manual_seed(0)
        loss = model(views, samples, mode='loss')['loss']
        torch.manual_seed(0)
        assert loss.equal(expected(views, samples, mode='loss')['loss'])
        assert sum(found) == 2 * number, 'one graph for the queries and one for the keys'
    assert len(found) == 2
    loss.backward()
    assert model.backbone.conv1.weight.grad.any()


def test_checkpoints_and_copies_know_nothing_of_it(calls):
    backend, found = calls
    model = build('SupCon', loss=dict(type='ltplug.SupConLoss'))
    compile_backbones(model, backend=backend)
    plain = build('SupCon', seed=1, loss=dict(type='ltplug.SupConLoss'))
    plain.load_state_dict(model.state_dict())
    twin = copy.deepcopy(model)
    with torch.no_grad():
        twin.backbone.conv1.weight.zero_()
    images = torch.randn(2, 3, 8, 8)
    features = plain.extract_feat(images)
    assert not twin.extract_feat(images).equal(features)
    assert not found, 'copies are not compiled'
    torch.testing.assert_close(model.extract_feat(images), features)
    assert found == [1]


def test_there_must_be_a_backbone():
    with pytest.raises(ValueError, match='Linear has none: leave it out'):
        compile_backbones(nn.Linear(1, 1))
