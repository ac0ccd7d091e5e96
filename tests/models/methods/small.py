"""Small methods on random images."""

import torch
from mmpretrain.structures import DataSample

from ltplug.registry import MODELS

PARTS = dict(
    backbone=dict(type='ltplug.CIFARResNet', depth=8, norm_cfg=dict(type='GN', num_groups=4)),
    neck=dict(type='MoCoV2Neck', in_channels=64, hid_channels=64, out_channels=16))
QUEUE = dict(queue_len=12, feat_dim=16, momentum=0.05)
LABELS = [0, 1, 0, 2, 1, 0]


def build(name, seed=0, **kwargs):
    torch.manual_seed(seed)
    model = MODELS.build({'type': f'ltplug.{name}', **PARTS, **kwargs})
    model.init_weights()
    return model


def batch(labels=LABELS, seed=0, num_views=2, marked=True):
    generator = torch.Generator().manual_seed(seed)
    views = [torch.randn(len(labels), 3, 8, 8, generator=generator) for _ in range(num_views)]
    samples = []
    for index, label in enumerate(labels):
        sample = DataSample().set_gt_label(label)
        if marked:
            sample.set_metainfo({'dataset_index': index})
        samples.append(sample)
    return views, samples
