_base_ = [
    '../_base_/models/cifar-resnet20_simclr.py',
    '../_base_/datasets/digits-lt_ssl-views.py',
    '../_base_/schedules/digits-ssl_60e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    type='ltplug.SDCLR',
    prune_ratio=0.9,
    backbone=dict(
        conv_cfg=dict(type='ltplug.PrunableConv2d'), norm_cfg=dict(type='ltplug.DualBN')),
    neck=dict(norm_cfg=dict(type='ltplug.DualBN')))

default_hooks = dict(pruning_mask=dict(type='ltplug.PruningMaskHook'))
