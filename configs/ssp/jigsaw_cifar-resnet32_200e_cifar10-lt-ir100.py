_base_ = [
    '../_base_/models/cifar-resnet32_jigsaw.py',
    '../_base_/datasets/cifar10-lt_single-view.py',
    '../_base_/schedules/cifar-lt_200e.py',
    '../_base_/default_runtime.py',
]
