_base_ = [
    '../_base_/models/resnet50_probe.py',
    '../_base_/datasets/inat18.py',
    '../_base_/schedules/linear-probe_40e.py',
    '../_base_/default_runtime.py',
]

model = dict(head=dict(num_classes=8142))

train_dataloader = dict(
    batch_size=256,
    sampler=dict(_delete_=True, type='ltplug.ClassAwareSampler', num_samples_per_class=4),
    batch_sampler=dict(drop_last=True))

optim_wrapper = dict(optimizer=dict(lr=30))
default_hooks = dict(checkpoint_fit=dict(parts=dict(backbone='backbone')))
