_base_ = [
    '../_base_/models/resnet50_prototypes.py',
    '../_base_/datasets/imagenet-100-lt_fassl-views.py',
    '../_base_/schedules/ssl_500e.py',
    '../_base_/default_runtime.py',
]

# The paper does not say how long and how fast: ours, with the schedule of SDCLR.
default_hooks = dict(checkpoint_fit=dict(parts=dict(backbone='backbone')))
