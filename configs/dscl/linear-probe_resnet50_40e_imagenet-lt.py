_base_ = [
    '../_base_/models/resnet50_probe.py',
    '../_base_/datasets/imagenet-lt.py',
    '../_base_/schedules/linear-probe_40e.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(sampler=dict(_delete_=True, type='ltplug.WeightedClassSampler', power=0))
default_hooks = dict(checkpoint_fit=dict(parts=dict(backbone='backbone')))
