import pytest
import torch
from torch import nn

from ltplug.models import CIFARResNet


@pytest.mark.parametrize(('depth', 'parameters'), [(20, 269_722), (32, 464_154), (44, 658_586),
                                                   (56, 853_018)])
def test_size_equals_the_paper(depth, parameters):
    # He et al. 2015, table 6, counts the 10-way classifier too: 0.27M, 0.46M, 0.66M, 0.85M.
    classifier = 64 * 10 + 10
    found = sum(p.numel() for p in CIFARResNet(depth).parameters()) + classifier
    assert found == parameters


def test_feature_map_and_shortcut():
    net = CIFARResNet(20).eval()
    features, = net(torch.randn(2, 3, 32, 32))
    assert features.shape == (2, 64, 8, 8)
    block = net.layer2[0]
    nn.init.zeros_(block.conv2.weight)
    x = torch.randn(1, 16, 8, 8).abs()
    out = block(x)  # the residual branch is 0: only the shortcut is left
    torch.testing.assert_close(out[:, 8:24], x[:, :, ::2, ::2])
    assert not out[:, :8].any() and not out[:, 24:].any()


def test_initialisation_is_kaiming_fan_in():
    net = CIFARResNet(32)
    net.init_weights()
    std = net.layer3[1].conv1.weight.std().item()
    assert std == pytest.approx((2 / (64 * 9))**0.5, rel=0.05)


def test_norm_layer_can_be_chosen():
    net = CIFARResNet(20, norm_cfg=dict(type='GN', num_groups=4))
    assert not any(isinstance(m, nn.BatchNorm2d) for m in net.modules())


def test_other_depths_are_refused():
    with pytest.raises(ValueError, match='6n \\+ 2.*got 18'):
        CIFARResNet(18)
