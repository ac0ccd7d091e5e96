# MoCo v2 for small images: ours, SSP has it for large ones only.
model = dict(
    type='ltplug.MoCo',
    queue_len=4096,
    feat_dim=64,
    momentum=0.01,
    backbone=dict(type='ltplug.CIFARResNet', depth=32),
    neck=dict(
        type='MoCoV2Neck', in_channels=64, hid_channels=64, out_channels=64, with_avg_pool=True),
    head=dict(
        type='ContrastiveHead', loss=dict(type='CrossEntropyLoss', loss_weight=1.0),
        temperature=0.2))
