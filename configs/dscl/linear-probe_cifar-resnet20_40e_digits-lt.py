_base_ = [
    '../_base_/models/cifar-resnet32_probe.py',
    '../_base_/datasets/digits-lt.py',
    '../_base_/schedules/linear-probe_40e.py',
    '../_base_/default_runtime.py',
]

model = dict(backbone=dict(depth=20))
train_dataloader = dict(sampler=dict(_delete_=True, type='ltplug.WeightedClassSampler', power=0))
default_hooks = dict(checkpoint_fit=dict(parts=dict(backbone='backbone')))

# Ours, no paper trains on the digits.
optim_wrapper = dict(optimizer=dict(lr=1))
auto_scale_lr = dict(enable=False, base_batch_size=32)
