_base_ = [
    '../_base_/models/resnet152-imagenet.py',
    '../_base_/datasets/places-lt.py',
    '../_base_/schedules/places-lt_30e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    backbone=dict(frozen_stages=-1),  # the paper trains the whole feature extractor
    neck=dict(
        _delete_=True,
        type='LinearNeck',
        in_channels=2048,
        out_channels=512,
        gap_dim=2,
        norm_cfg=None,
        act_cfg=dict(type='ReLU')),
    head=dict(num_classes=365, in_channels=512))

# Rate, length and batch are ours, after the first stage of OLTR, which trains all layers: the paper
# chose them on the validation set and does not tell.
optim_wrapper = dict(paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.01))))
auto_scale_lr = dict(base_batch_size=128)

val_evaluator = dict(boundary='inclusive')
test_evaluator = val_evaluator
