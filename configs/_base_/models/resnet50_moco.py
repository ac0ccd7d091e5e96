# MoCo v2, with the values of SSP.
model = dict(
    type='ltplug.MoCo',
    queue_len=65536,
    feat_dim=128,
    momentum=0.001,
    backbone=dict(type='ltplug.ResNet', depth=50, zero_init_residual=False),  # as MoCo's code
    neck=dict(
        type='MoCoV2Neck', in_channels=2048, hid_channels=2048, out_channels=128,
        with_avg_pool=True),
    head=dict(
        type='ContrastiveHead', loss=dict(type='CrossEntropyLoss', loss_weight=1.0),
        temperature=0.2))
