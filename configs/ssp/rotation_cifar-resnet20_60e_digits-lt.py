_base_ = [
    '../_base_/models/cifar-resnet20_rotation.py',
    '../_base_/datasets/digits-lt_single-view.py',
    '../_base_/schedules/digits-lt_60e.py',
    '../_base_/default_runtime.py',
]
