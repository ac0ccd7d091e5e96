# Head and queue are those of solo-learn on CIFAR, the number of prototypes that of lightly.
model = dict(
    type='SwAV',
    backbone=dict(type='ResNet_CIFAR', depth=18, zero_init_residual=False),
    neck=dict(
        type='SwAVNeck',
        in_channels=512,
        hid_channels=2048,
        out_channels=128,
        norm_cfg=dict(type='BN1d')),
    head=dict(
        type='SwAVHead',
        loss=dict(
            type='ltplug.SwAVLoss',
            feat_dim=128,
            num_prototypes=512,
            queue_length=3840,
            queue_epoch=50,
            frozen_epochs=2)))
