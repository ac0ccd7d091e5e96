_base_ = [
    '../_base_/models/cifar-resnet20_simclr.py',
    '../_base_/datasets/digits-lt_ssl-views.py',
    '../_base_/schedules/digits-ssl_60e.py',
    '../_base_/default_runtime.py',
]
