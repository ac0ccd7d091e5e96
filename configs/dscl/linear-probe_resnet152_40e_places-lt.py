_base_ = [
    '../_base_/models/resnet50_probe.py',
    '../_base_/datasets/places-lt.py',
    '../_base_/schedules/linear-probe_40e.py',
    '../_base_/default_runtime.py',
]

model = dict(backbone=dict(depth=152), head=dict(num_classes=365))
optim_wrapper = dict(optimizer=dict(lr=2.5))
# The paper's second stage has the parameters of TSC, and so its augmentation, without colours.
train_dataloader = dict(
    dataset=dict(dataset=dict(pipeline=[
        dict(type='LoadImageFromFile'),
        dict(type='RandomResizedCrop', scale=224),
        dict(type='RandomFlip', prob=0.5, direction='horizontal'),
        dict(type='PackInputs'),
    ])),
    sampler=dict(_delete_=True, type='ltplug.WeightedClassSampler', power=0))
default_hooks = dict(checkpoint_fit=dict(parts=dict(backbone='backbone')))
