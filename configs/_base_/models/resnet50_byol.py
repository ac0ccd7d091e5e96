_base_ = ['resnet18_byol.py']

# The MLPs of the paper.
model = dict(
    backbone=dict(
        _delete_=True,
        type='ltplug.ResNet',
        depth=50,
        zero_init_residual=False,
        norm_cfg=dict(type='SyncBN')),
    neck=dict(in_channels=2048, hid_channels=4096, norm_cfg=dict(type='SyncBN')),
    head=dict(predictor=dict(hid_channels=4096, norm_cfg=dict(type='SyncBN'))))
