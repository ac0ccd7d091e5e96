import copy

import torch
from mmpretrain.structures import DataSample
from torch import nn

from ltplug.models.utils.channels_last import use_channels_last
from ltplug.registry import MODELS

CLASSIFIER = dict(
    type='ltplug.FrozenBackboneClassifier', frozen=['neck'],
    backbone=dict(type='ltplug.CIFARResNet', depth=8), neck=dict(type='GlobalAveragePooling'),
    head=dict(type='LinearClsHead', num_classes=4, in_channels=64))
VIEW = [dict(type='RandomFlip', prob=0.5)]


def is_channels_last(tensor):
    return tensor.is_contiguous(memory_format=torch.channels_last) and not tensor.is_contiguous()


def inputs_of(data_preprocessor, images):
    model = nn.Module()
    model.data_preprocessor = MODELS.build(data_preprocessor)
    use_channels_last(model)
    data = dict(inputs=images, data_samples=[DataSample(), DataSample()])
    return model.data_preprocessor(data, training=True)['inputs']


def test_images_come_with_channels_last():
    images = torch.randint(256, (2, 3, 8, 8), dtype=torch.uint8)
    assert is_channels_last(inputs_of(dict(type='ltplug.FeatureDataPreprocessor'), images))
    batched = dict(type='ltplug.BatchedAugmentation', pipeline=VIEW,
                   preprocessor=dict(type='ClsDataPreprocessor'))
    assert is_channels_last(inputs_of(batched, images))


def test_so_do_views_and_crops():
    views = [torch.randint(256, (2, 3, size, size), dtype=torch.uint8) for size in (8, 8, 4)]
    for kind in ('SelfSupDataPreprocessor', 'ltplug.MultiViewDataPreprocessor'):
        found = inputs_of(dict(type=kind, mean=[0.0] * 3, std=[1.0] * 3), views)
        assert [view.shape for view in found] == [view.shape for view in views]
        assert all(map(is_channels_last, found))
        torch.testing.assert_close(found[2], views[2].float())
    batched = dict(type='ltplug.BatchedAugmentation', preprocessor=dict(
        type='SelfSupDataPreprocessor', mean=[0.0] * 3, std=[1.0] * 3), pipeline=[
            dict(type='MultiView', num_views=2, transforms=[VIEW])])
    assert all(map(is_channels_last, inputs_of(batched, views[0])))


def test_features_stay_as_they_are():
    features = torch.randn(2, 64)
    found = inputs_of(dict(type='ltplug.FeatureDataPreprocessor'), features)
    assert found.equal(features)


def test_maps_and_gradients_have_channels_last():
    torch.manual_seed(0)
    plain = MODELS.build(CLASSIFIER)
    model = copy.deepcopy(plain)
    use_channels_last(model)
    maps = []
    model.backbone.layer3.register_forward_hook(lambda *args: maps.append(args[2]))
    images = torch.randn(2, 3, 8, 8)
    found, expected = (each.head(each.extract_feat(images)) for each in (model, plain))
    torch.testing.assert_close(found, expected)
    found.sum().backward()
    assert is_channels_last(maps[0])
    assert is_channels_last(model.backbone.layer2[0].conv1.weight.grad)


def test_checkpoints_go_both_ways():
    plain, model = MODELS.build(CLASSIFIER), MODELS.build(CLASSIFIER)
    use_channels_last(model)
    for source, target in ((plain, model), (model, plain)):
        with torch.no_grad():
            source.backbone.conv1.weight.normal_()
        target.load_state_dict(source.state_dict())
        assert target.backbone.conv1.weight.equal(source.backbone.conv1.weight)
    assert is_channels_last(model.backbone.conv1.weight)
    assert not is_channels_last(plain.backbone.conv1.weight)
