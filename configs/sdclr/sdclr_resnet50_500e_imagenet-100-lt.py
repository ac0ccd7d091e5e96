_base_ = [
    '../_base_/models/resnet50_sdclr.py',
    '../_base_/datasets/imagenet-100-lt_ssl-views.py',
    '../_base_/schedules/ssl_500e.py',
    '../_base_/default_runtime.py',
]

default_hooks = dict(pruning_mask=dict(type='ltplug.PruningMaskHook'))
