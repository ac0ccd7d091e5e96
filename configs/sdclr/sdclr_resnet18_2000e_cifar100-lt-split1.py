_base_ = [
    '../_base_/models/resnet18_sdclr.py',
    '../_base_/datasets/cifar100-lt-split1_ssl-views.py',
    '../_base_/schedules/ssl_2000e.py',
    '../_base_/default_runtime.py',
]

default_hooks = dict(pruning_mask=dict(type='ltplug.PruningMaskHook'))
