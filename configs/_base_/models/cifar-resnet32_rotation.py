model = dict(
    type='ltplug.RotationPredictor',
    backbone=dict(type='ltplug.CIFARResNet', depth=32),
    rotation_head=dict(
        type='LinearClsHead',
        num_classes=4,
        in_channels=64,
        init_cfg=dict(type='Kaiming', layer='Linear', mode='fan_in', distribution='normal')))
