_base_ = [
    '../_base_/models/cifar-resnet20_cosine-ldam.py',
    '../_base_/datasets/digits-lt.py',
    '../_base_/schedules/digits-lt_60e.py',
    '../_base_/default_runtime.py',
]
