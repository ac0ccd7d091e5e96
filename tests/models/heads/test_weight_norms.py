import torch
from mmpretrain.registry import MODELS

from ltplug.models.heads import weight_norms


def build(kind, **arguments):
    return MODELS.build(dict(type=kind, num_classes=3, in_channels=2, **arguments))


def test_lengths_of_linear_classifiers():
    head = build('LinearClsHead')
    head.fc.weight.data = torch.tensor([[3., 4.], [0., 1.], [0., 0.]])
    assert weight_norms(head).tolist() == [5, 1, 0]
    scaled = build('ltplug.LearnableScaleLinearClsHead')
    scaled.fc.weight.data = head.fc.weight.data
    scaled.scales.data = torch.tensor([2., -3., 1.])
    assert weight_norms(scaled).tolist() == [10, 3, 0]


def test_other_heads_have_none():
    assert weight_norms(build('ltplug.NearestClassMeanHead')) is None
    assert weight_norms(None) is None
