_base_ = [
    '../_base_/datasets/digits-lt_ssl-views.py',
    '../_base_/schedules/digits-ssl_60e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    type='ltplug.PrototypicalRebalancedSSL',
    backbone=dict(type='ltplug.CIFARResNet', depth=20),
    feat_dim=64,
    num_prototypes=128,
    predictor=dict(
        type='NonLinearNeck',
        in_channels=64,
        hid_channels=128,
        out_channels=64,
        with_bias=True,
        with_last_bias=True,
        with_last_bn=False,
        with_avg_pool=False,
        norm_cfg=dict(type='BN1d')),
    loss=dict(type='ltplug.RebalancedConsistencyLoss', phi='prototypes', clip_ratio=10),
    decay=0.99)

# The weights are normalised in the batch, of which a short last one says little.
train_dataloader = dict(batch_sampler=dict(drop_last=True))
default_hooks = dict(
    teacher=dict(type='ltplug.MomentumTeacherHook'),
    checkpoint_fit=dict(parts=dict(backbone='backbone', prototypes='prototypes')))
optim_wrapper = dict(optimizer=dict(lr=0.03))
train_cfg = dict(max_epochs=20)
