_base_ = [
    '../_base_/models/cifar-resnet20_simclr.py',
    '../_base_/datasets/digits-lt_ssl-views.py',
    '../_base_/schedules/digits-ssl_60e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    _delete_=True,
    type='SwAV',
    backbone=dict(type='ltplug.CIFARResNet', depth=20),
    neck=dict(
        type='SwAVNeck',
        in_channels=64,
        hid_channels=128,
        out_channels=64,
        norm_cfg=dict(type='BN1d')),
    head=dict(
        type='SwAVHead',
        loss=dict(type='ltplug.SwAVLoss', feat_dim=64, num_prototypes=64, frozen_epochs=2)))
