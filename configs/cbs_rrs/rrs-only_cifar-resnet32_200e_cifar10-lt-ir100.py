_base_ = [
    '../_base_/models/cifar-resnet32.py',
    '../_base_/datasets/cifar10-lt.py',
    '../_base_/schedules/cifar-lt_200e.py',
    '../_base_/default_runtime.py',
]

# Ours: the paper does not train on small images.
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

# a multiple of the ten classes, of which class-balanced batches hold all
train_dataloader = dict(batch_size=120)
auto_scale_lr = dict(base_batch_size=120)
