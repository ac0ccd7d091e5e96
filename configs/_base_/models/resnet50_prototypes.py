_base_ = ['resnet18_prototypes.py']

model = dict(
    backbone=dict(
        _delete_=True,
        type='ltplug.ResNet',
        depth=50,
        zero_init_residual=False,
        norm_cfg=dict(type='SyncBN')),
    feat_dim=2048)
