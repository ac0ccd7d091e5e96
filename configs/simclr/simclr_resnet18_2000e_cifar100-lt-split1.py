_base_ = [
    '../_base_/models/resnet18_simclr.py',
    '../_base_/datasets/cifar100-lt-split1_ssl-views.py',
    '../_base_/schedules/ssl_2000e.py',
    '../_base_/default_runtime.py',
]
