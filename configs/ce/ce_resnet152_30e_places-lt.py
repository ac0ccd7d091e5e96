_base_ = [
    '../_base_/models/resnet152-imagenet.py',
    '../_base_/datasets/places-lt.py',
    '../_base_/schedules/places-lt_30e.py',
    '../_base_/default_runtime.py',
]

model = dict(head=dict(num_classes=365))
