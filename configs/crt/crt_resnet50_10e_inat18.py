_base_ = [
    '../_base_/models/resnet50.py',
    '../_base_/datasets/inat18.py',
    '../_base_/schedules/decoupling_10e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    type='ltplug.FrozenBackboneClassifier',
    head=dict(num_classes=8142))

train_dataloader = dict(
    sampler=dict(_delete_=True, type='ltplug.ClassAwareSampler', num_samples_per_class=4))
default_hooks = dict(checkpoint_fit=dict(parts=dict(backbone='backbone')))
optim_wrapper = dict(optimizer=dict(weight_decay=1e-4))
