_base_ = [
    '../_base_/datasets/digits-lt_ssl-views.py',
    '../_base_/schedules/digits-ssl_60e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    type='ltplug.PrototypeLearner',
    backbone=dict(type='ltplug.CIFARResNet', depth=20),
    feat_dim=64,
    num_prototypes=128,
    loss=dict(type='ltplug.ScoreContrastiveLoss', temperature=0.2))

default_hooks = dict(checkpoint_fit=dict(parts=dict(backbone='backbone')))
train_cfg = dict(max_epochs=20)
