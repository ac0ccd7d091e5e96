_base_ = [
    '../_base_/models/resnet50_probe.py',
    '../_base_/datasets/places-lt.py',
    '../_base_/schedules/linear-probe_40e.py',
    '../_base_/default_runtime.py',
]

model = dict(backbone=dict(depth=152), head=dict(num_classes=365))
optim_wrapper = dict(optimizer=dict(lr=2.5))
train_dataloader = dict(sampler=dict(_delete_=True, type='ltplug.WeightedClassSampler', power=0))
default_hooks = dict(checkpoint_fit=dict(parts=dict(backbone='backbone')))
