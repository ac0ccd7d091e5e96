_base_ = [
    '../_base_/models/cifar-resnet20.py',
    '../_base_/datasets/digits-lt_unlabeled.py',
    '../_base_/schedules/digits-lt_60e.py',
    '../_base_/default_runtime.py',
]

# Settings of Oliver et al. (2018) for SVHN; no paper trains on the digits.
model = dict(
    type='ltplug.VATClassifier', epsilon=1.0, xi=0.01, num_iterations=1, unlabeled_weight=0.3)
default_hooks = dict(ramp_up=dict(type='ltplug.ConsistencyRampUpHook', epochs=24))
