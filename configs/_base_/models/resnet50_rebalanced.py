_base_ = ['resnet18_rebalanced.py']

model = dict(
    backbone=dict(
        _delete_=True,
        type='ltplug.ResNet',
        depth=50,
        zero_init_residual=False,
        norm_cfg=dict(type='SyncBN')),
    feat_dim=2048,
    predictor=dict(
        in_channels=2048, hid_channels=4096, out_channels=2048, norm_cfg=dict(type='SyncBN')))
