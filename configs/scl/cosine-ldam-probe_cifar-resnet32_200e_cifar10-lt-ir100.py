_base_ = [
    '../_base_/models/cifar-resnet32_cosine-ldam_probe.py',
    '../_base_/datasets/cifar10-lt.py',
    '../_base_/schedules/cosine-probe_200e.py',
    '../_base_/default_runtime.py',
]

default_hooks = dict(checkpoint_fit=dict(parts=dict(backbone='backbone')))
