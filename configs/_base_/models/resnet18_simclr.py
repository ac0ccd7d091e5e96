# SDCLR's network for images of 32 pixels: no pooling in the stem.
model = dict(
    type='ltplug.SimCLR',
    backbone=dict(type='ResNet_CIFAR', depth=18, zero_init_residual=False),
    neck=dict(
        type='NonLinearNeck',
        in_channels=512,
        hid_channels=512,
        out_channels=128,
        with_bias=True,
        with_last_bias=False,
        norm_cfg=dict(type='BN1d')),
    loss=dict(type='ltplug.NTXentLoss', temperature=0.2))
