_base_ = [
    '../_base_/models/cifar-resnet20.py',
    '../_base_/datasets/digits-lt.py',
    '../_base_/schedules/digits-lt_60e.py',
    '../_base_/default_runtime.py',
]

# Ours: no paper trains on the digits.
model = dict(
    neck=dict(
        _delete_=True,
        type='LinearNeck',
        in_channels=64,
        out_channels=512,
        gap_dim=2,
        norm_cfg=None,
        act_cfg=dict(type='ReLU')),
    head=dict(in_channels=512))
