_base_ = [
    '../_base_/models/resnet50_prototypes.py',
    '../_base_/datasets/imagenet-100-lt_ssl-views.py',
    '../_base_/schedules/ssl_500e.py',
    '../_base_/default_runtime.py',
]

default_hooks = dict(checkpoint_fit=dict(parts=dict(backbone='backbone')))
