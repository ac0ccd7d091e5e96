_base_ = [
    '../_base_/models/resnet18_prototypes.py',
    '../_base_/datasets/cifar10-lt-split1_ssl-views.py',
    '../_base_/schedules/ssl_2000e.py',
    '../_base_/default_runtime.py',
]

# The paper does not say how long and how fast: ours, with the schedule of SDCLR.
train_cfg = dict(max_epochs=500)
default_hooks = dict(checkpoint_fit=dict(parts=dict(backbone='backbone')))
