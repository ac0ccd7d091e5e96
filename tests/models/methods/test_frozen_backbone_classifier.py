import copy

import pytest
import torch
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import nn

MODEL = dict(
    type='ltplug.FrozenBackboneClassifier',
    data_preprocessor=dict(mean=[127.5] * 3, std=[50.0] * 3, to_rgb=True),
    backbone=dict(type='ltplug.CIFARResNet', depth=8),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(type='LinearClsHead', num_classes=10, in_channels=64))


def build(**changes):
    torch.manual_seed(0)
    return MODELS.build(copy.deepcopy({**MODEL, **changes}))


def batch(size=8, features=None):
    inputs = torch.randint(0, 256, (size, 3, 16, 16), dtype=torch.uint8)
    return dict(inputs=inputs if features is None else features,
                data_samples=[DataSample().set_gt_label(i % 10) for i in range(size)])


def take_steps(model, steps=3):
    model.train()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.SGD(trained, lr=0.1, weight_decay=0.1)
    for _ in range(steps):
        losses = model(**model.data_preprocessor(batch(), training=True), mode='loss')
        optimizer.zero_grad()
        losses['loss'].backward()
        optimizer.step()


def changed(model, before):
    return {key for key, value in model.state_dict().items() if not value.equal(before[key])}


def test_only_the_head_changes():
    model = build()
    before = copy.deepcopy(model.state_dict())
    take_steps(model)
    assert changed(model, before) == {'head.fc.weight', 'head.fc.bias'}
    assert not model.backbone.training and model.head.training
    assert model.has_frozen_features


def test_batch_statistics_are_followed_on_request():
    model = build(norm_mode='train')
    before = copy.deepcopy(model.state_dict())
    take_steps(model)
    statistics = {key for key in before if 'running' in key or 'tracked' in key}
    assert changed(model, before) == {'head.fc.weight', 'head.fc.bias'} | statistics
    assert statistics


def test_parts_of_a_module_can_be_frozen():
    head = dict(type='LinearClsHead', num_classes=10, in_channels=64)
    model = build(frozen=('backbone.conv1', 'backbone.norm1', 'head.fc'), head=head)
    before = copy.deepcopy(model.state_dict())
    take_steps(model)
    names = changed(model, before)
    assert any(name.startswith('backbone.layer1') for name in names)
    assert not any(name.startswith(('backbone.conv1', 'backbone.norm1', 'head.')) for name in names)
    assert not model.has_frozen_features
    assert not model.backbone.norm1.training and model.backbone.training


def test_checkpoints_are_those_of_an_image_classifier():
    whole = build(type='ImageClassifier', data_preprocessor=dict(type='ClsDataPreprocessor'))
    probe = build()
    assert probe.state_dict().keys() == whole.state_dict().keys()
    probe.load_state_dict(whole.state_dict())
    whole.eval(), probe.eval()
    images = torch.randn(4, 3, 16, 16)
    assert torch.equal(probe(images), whole(images))


def test_features_are_taken_for_images():
    model = build()
    model.eval()
    images = batch()
    prepared = model.data_preprocessor(images)['inputs']
    (features, ) = model.extract_feat(prepared)
    assert features.shape == (8, 64) and not features.requires_grad
    loss = model(**model.data_preprocessor(batch(features=features)), mode='loss')['loss']
    expected = model(**model.data_preprocessor(images), mode='loss')['loss']
    assert torch.equal(loss, expected) and loss.requires_grad
    assert torch.equal(model.extract_feat(features, 'pre_logits'), features)
    with pytest.raises(ValueError, match='ready features, which have no maps'):
        model.extract_feat(features, 'backbone')


def test_features_are_neither_normalised_nor_flipped():
    preprocessor = build().data_preprocessor
    features = torch.randn(4, 3, dtype=torch.float64)  # three columns, like channels
    prepared = preprocessor(batch(4, features))['inputs']
    assert torch.equal(prepared, features.float())
    assert not preprocessor.state_dict()


def test_features_and_labels_move_to_the_device():
    preprocessor = build().data_preprocessor.to('meta')
    prepared = preprocessor(batch(4, torch.randn(4, 64)))
    assert prepared['inputs'].is_meta
    assert all(s.gt_label.is_meta and s.gt_label.shape == (1, )
               for s in prepared['data_samples'])


def test_a_classifier_without_neck_can_be_frozen():
    model = build(neck=None, head=dict(type='ClsHead', loss=dict(type='CrossEntropyLoss')),
                  frozen=['backbone.conv1', 'neck'])
    assert not model.backbone.conv1.weight.requires_grad


def test_dropout_of_frozen_parts_is_off():
    model = build()
    model.backbone.add_module('dropout', nn.Dropout())
    model.train()
    assert not model.backbone.dropout.training


def test_mistakes_are_told():
    with pytest.raises(ValueError, match="frozen names 'backbone.layer9', which the classifier"):
        build(frozen=['backbone.layer9'])
    with pytest.raises(ValueError, match='leaves nothing to train'):
        build(frozen=['backbone', 'neck', 'head'])
    with pytest.raises(ValueError, match="norm_mode must be one of eval, train, got 'frozen'"):
        build(norm_mode='frozen')
