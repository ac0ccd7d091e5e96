model = dict(
    type='ltplug.SimCLR',
    backbone=dict(type='ltplug.CIFARResNet', depth=20),
    neck=dict(
        type='NonLinearNeck',
        in_channels=64,
        hid_channels=64,
        out_channels=64,
        with_bias=True,
        with_last_bias=False,
        norm_cfg=dict(type='BN1d')),
    loss=dict(type='ltplug.NTXentLoss', temperature=0.2))
