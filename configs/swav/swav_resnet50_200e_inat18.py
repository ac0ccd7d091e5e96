_base_ = [
    '../_base_/models/resnet50_swav.py',
    '../_base_/datasets/inat18_moco-views.py',
    '../_base_/datasets/multi-crops_224.py',
    '../_base_/schedules/lars_200e.py',
    '../_base_/default_runtime.py',
]

# For table 1 of SBCL, which does not say the schedule: ours, as long as its SCL.
train_dataloader = dict(
    batch_size=32,
    batch_sampler=dict(drop_last=True),
    dataset=dict(dataset=dict(pipeline=_base_.train_pipeline)))
optim_wrapper = dict(
    optimizer=dict(lr=0.6),
    paramwise_cfg=dict(
        custom_keys={'neck.norm': dict(decay_mult=0, lars_exclude=True)},
        bypass_duplicate=True))  # the neck has its norm twice
