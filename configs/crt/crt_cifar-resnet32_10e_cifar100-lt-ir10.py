_base_ = [
    '../_base_/models/cifar-resnet32.py',
    '../_base_/datasets/cifar100-lt.py',
    '../_base_/schedules/decoupling_10e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    type='ltplug.FrozenBackboneClassifier',
    head=dict(num_classes=100))

train_dataloader = dict(
    dataset=dict(imbalance_ratio=10),
    sampler=dict(_delete_=True, type='ltplug.ClassAwareSampler', num_samples_per_class=4))
default_hooks = dict(checkpoint_fit=dict(parts=dict(backbone='backbone')))
