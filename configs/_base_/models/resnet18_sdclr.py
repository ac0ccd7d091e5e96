_base_ = ['resnet18_simclr.py']

model = dict(
    type='ltplug.SDCLR',
    prune_ratio=0.9,
    backbone=dict(
        conv_cfg=dict(type='ltplug.PrunableConv2d'), norm_cfg=dict(type='ltplug.DualBN')),
    # Two layers, to compare with SimCLR; the released code has three (num_layers=3).
    neck=dict(norm_cfg=dict(type='ltplug.DualBN')))
