_base_ = [
    '../_base_/models/cifar-resnet20_simclr.py',
    '../_base_/datasets/digits-lt_ssl-views.py',
    '../_base_/schedules/digits-ssl_60e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    _delete_=True,
    type='BYOL',
    base_momentum=0.01,
    backbone=dict(type='ltplug.CIFARResNet', depth=20),
    neck=dict(
        type='NonLinearNeck',
        in_channels=64,
        hid_channels=128,
        out_channels=64,
        with_bias=True,
        with_last_bias=True,
        with_last_bn=False,
        norm_cfg=dict(type='BN1d')),
    head=dict(
        type='LatentPredictHead',
        loss=dict(type='CosineSimilarityLoss'),
        predictor=dict(
            type='NonLinearNeck',
            in_channels=64,
            hid_channels=128,
            out_channels=64,
            with_bias=True,
            with_last_bias=True,
            with_last_bn=False,
            with_avg_pool=False,
            norm_cfg=dict(type='BN1d'))))

train_dataloader = dict(batch_sampler=dict(drop_last=True))
