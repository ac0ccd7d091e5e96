_base_ = [
    '../_base_/models/cifar-resnet20.py',
    '../_base_/datasets/digits-lt.py',
    '../_base_/schedules/decoupling_10e.py',
    '../_base_/default_runtime.py',
]

model = dict(type='ltplug.FrozenBackboneClassifier')

train_dataloader = dict(
    sampler=dict(_delete_=True, type='ltplug.ClassAwareSampler', num_samples_per_class=4))
default_hooks = dict(checkpoint_fit=dict(parts=dict(backbone='backbone')))

# Ours, no paper trains on the digits.
optim_wrapper = dict(optimizer=dict(lr=0.1))
auto_scale_lr = dict(enable=False, base_batch_size=32)
