_base_ = [
    '../_base_/models/cifar-resnet32.py',
    '../_base_/datasets/svhn-lt_unlabeled.py',
    '../_base_/schedules/cifar-lt_200e.py',
    '../_base_/default_runtime.py',
]

# The paper's settings stand in its appendix, which is missing. These are of Oliver et al. (2018) for
# SVHN, and so is the ramp over the first 40 % of the training; their xi is 1e-6.
model = dict(
    type='ltplug.VATClassifier', epsilon=1.0, xi=0.01, num_iterations=1, unlabeled_weight=0.3)
default_hooks = dict(ramp_up=dict(type='ltplug.ConsistencyRampUpHook', epochs=80))
auto_scale_lr = dict(base_batch_size=256)
