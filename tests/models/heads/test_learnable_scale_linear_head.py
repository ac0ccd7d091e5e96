import numpy as np
import pytest
import torch
from mmpretrain.models.heads import LinearClsHead
from mmpretrain.structures import DataSample

from ltplug.models import LearnableScaleLinearClsHead


@pytest.fixture
def arrays(golden):
    return golden('rebal_classifiers')


@pytest.fixture
def features(arrays):
    return (torch.from_numpy(arrays['in_feat']), )


def build(arrays, **kwargs):
    """Return a head with the reference's classifier, loaded as that of a first stage is."""
    plain = LinearClsHead(8, 12)
    plain.fc.weight.data = torch.from_numpy(arrays['in_W'])
    plain.fc.bias.data = torch.from_numpy(arrays['in_bias'])
    head = LearnableScaleLinearClsHead(8, 12, **kwargs)
    missing, unexpected = head.load_state_dict(plain.state_dict(), strict=False)
    assert missing == ['scales'] and not unexpected
    return head


def test_scales_start_at_one(arrays, features):
    head = build(arrays)
    np.testing.assert_array_equal(head.scales.detach(), arrays['lws_init_scales'])
    np.testing.assert_allclose(head(features).detach(), arrays['lws_init_logits'], rtol=1e-5,
                               atol=1e-6)


@pytest.mark.parametrize(('scale_bias', 'name'), [
    (True, 'lws_scaled_logits'),
    (False, 'bf_lws_paper_logits_nobias_scale'),
])
def test_logits_equal_the_reference(arrays, features, scale_bias, name):
    head = build(arrays, scale_bias=scale_bias)
    head.scales.data = torch.from_numpy(arrays['in_lws_scales'])
    np.testing.assert_allclose(head(features).detach(), arrays[name], rtol=1e-5, atol=1e-6)


def test_the_gradient_of_the_scales_equals_the_reference(arrays, features):
    head = build(arrays)
    head.scales.data = torch.from_numpy(arrays['in_lws_scales'])
    samples = [DataSample().set_gt_label(int(label)) for label in arrays['in_target']]
    head.loss(features, samples)['loss'].backward()
    np.testing.assert_allclose(head.scales.grad, arrays['lws_scales_grad'], rtol=1e-5, atol=1e-6)


def test_only_the_scales_are_trained(arrays, features):
    head = build(arrays)
    optimizer = torch.optim.SGD(head.parameters(), lr=0.1, weight_decay=0.1)
    samples = [DataSample().set_gt_label(0)] * len(features[0])
    head.loss(features, samples)['loss'].backward()
    optimizer.step()
    np.testing.assert_array_equal(head.fc.weight, arrays['in_W'])
    np.testing.assert_array_equal(head.fc.bias, arrays['in_bias'])
    assert (head.scales != 1).all()
