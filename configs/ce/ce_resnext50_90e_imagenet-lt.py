_base_ = [
    '../_base_/models/resnext50.py',
    '../_base_/datasets/imagenet-lt.py',
    '../_base_/schedules/imagenet-lt_90e.py',
    '../_base_/default_runtime.py',
]
