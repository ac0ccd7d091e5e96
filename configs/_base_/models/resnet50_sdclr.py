_base_ = ['resnet50_simclr.py']

# The share of pruned weights and the temperature are those of SDCLR on ImageNet-100-LT.
model = dict(
    type='ltplug.SDCLR',
    prune_ratio=0.3,
    backbone=dict(
        conv_cfg=dict(type='ltplug.PrunableConv2d'), norm_cfg=dict(type='ltplug.DualSyncBN')),
    neck=dict(norm_cfg=dict(type='ltplug.DualSyncBN')),
    loss=dict(temperature=0.3))
