_base_ = [
    '../_base_/models/resnet50_rebalanced.py',
    '../_base_/datasets/places-lt_fassl-views.py',
    '../_base_/schedules/ssl_500e.py',
    '../_base_/default_runtime.py',
]

# The weights are normalised in the batch, of which a short last one says little.
train_dataloader = dict(batch_sampler=dict(drop_last=True))
default_hooks = dict(
    teacher=dict(type='ltplug.MomentumTeacherHook'),
    checkpoint_fit=dict(parts=dict(backbone='backbone', prototypes='prototypes')))
# The paper does not say how long and how fast: ours, with the rate of BYOL.
optim_wrapper = dict(optimizer=dict(lr=0.12))
