_base_ = [
    '../_base_/models/resnet50.py',
    '../_base_/datasets/imagenet-lt.py',
    '../_base_/schedules/imagenet-lt_90e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    neck=dict(
        _delete_=True,
        type='LinearNeck',
        in_channels=2048,
        out_channels=512,
        gap_dim=2,
        norm_cfg=None,
        act_cfg=dict(type='ReLU')),
    head=dict(in_channels=512))

# Rate, length and batch are ours: the paper chose them on the validation set and does not tell.
optim_wrapper = dict(optimizer=dict(lr=0.1))
auto_scale_lr = dict(base_batch_size=128)

val_evaluator = dict(boundary='inclusive')
test_evaluator = val_evaluator
