model = dict(
    type='ltplug.MoCo',
    queue_len=4096,  # less than the images of CIFAR-LT
    feat_dim=128,
    momentum=0.01,
    backbone=dict(type='ResNet_CIFAR', depth=18, zero_init_residual=False),
    neck=dict(type='MoCoV2Neck', in_channels=512, hid_channels=512, out_channels=128),
    head=dict(
        type='ContrastiveHead', loss=dict(type='CrossEntropyLoss', loss_weight=1.0),
        temperature=0.2))
