_base_ = [
    '../_base_/models/cifar-resnet32_dscl.py',
    '../_base_/datasets/cifar10-lt_patch-views.py',
    '../_base_/schedules/contrastive_200e.py',
    '../_base_/default_runtime.py',
]
