_base_ = [
    '../_base_/models/resnet50_probe.py',
    '../_base_/datasets/inat18.py',
    '../_base_/schedules/linear-probe_40e.py',
    '../_base_/default_runtime.py',
]

model = dict(head=dict(num_classes=8142))
optim_wrapper = dict(optimizer=dict(lr=30))
train_dataloader = dict(sampler=dict(_delete_=True, type='ltplug.WeightedClassSampler', power=0))
default_hooks = dict(checkpoint_fit=dict(parts=dict(backbone='backbone')))
