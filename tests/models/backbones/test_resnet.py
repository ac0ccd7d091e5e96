import pytest
import torch
import torch.nn.functional as F
import torchvision
from mmengine.optim import OptimWrapper
from mmpretrain.models import ResNet as StockResNet
from mmpretrain.structures import DataSample

from ltplug.models import ResNet
from ltplug.registry import MODELS


def test_depth_10_is_torchvisions_network():
    theirs = torchvision.models.ResNet(torchvision.models.resnet.BasicBlock, [1, 1, 1, 1]).eval()
    theirs.fc = torch.nn.Identity()
    ours = ResNet(10)
    ours.eval()
    ours.load_state_dict(theirs.state_dict())
    images = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        features, = ours(images)
        torch.testing.assert_close(features.mean(dim=(2, 3)), theirs(images))


def test_other_depths_and_arguments_are_mmpretrains():
    kwargs = dict(depth=18, out_indices=(1, 3), frozen_stages=1)
    ours, stock = ResNet(**kwargs), StockResNet(**kwargs)
    ours.load_state_dict(stock.state_dict())
    assert [p.requires_grad for p in ours.parameters()] == [
        p.requires_grad for p in stock.parameters()]
    assert len(ours(torch.randn(1, 3, 64, 64))) == 2


def test_each_registry_name_means_its_own_class():
    assert type(MODELS.build(dict(type='ltplug.ResNet', depth=10))) is ResNet
    assert type(MODELS.build(dict(type='mmpretrain.ResNet', depth=18))) is StockResNet


def test_missing_depths_are_named():
    with pytest.raises(ValueError, match='depth must be one of 10, 18, 34, 50, 101, 152, got 20'):
        ResNet(20)


@pytest.mark.parametrize('act_cfg', [dict(type='ReLU'), None])
def test_mmpretrains_neck_is_the_512_d_layer_of_the_docs(act_cfg):
    model = MODELS.build(dict(
        type='ImageClassifier',
        backbone=dict(type='ltplug.ResNet', depth=10),
        neck=dict(type='LinearNeck', in_channels=512, out_channels=512, gap_dim=2, norm_cfg=None,
                  act_cfg=act_cfg),
        head=dict(type='LinearClsHead', num_classes=3, in_channels=512)))
    maps = torch.randn(2, 512, 3, 3)
    expected = F.linear(maps.mean(dim=(2, 3)), model.neck.fc.weight, model.neck.fc.bias)
    found, = model.neck((maps, ))
    torch.testing.assert_close(found, expected.relu() if act_cfg else expected)
    samples = [DataSample().set_gt_label(n) for n in range(3)]
    optimizer = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1))
    batch = dict(inputs=torch.zeros(3, 3, 32, 32), data_samples=samples)
    assert model.train_step(batch, optimizer)['loss'].isfinite()
