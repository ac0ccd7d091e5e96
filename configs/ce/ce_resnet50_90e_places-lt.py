_base_ = [
    '../_base_/models/resnet50.py',
    '../_base_/datasets/places-lt.py',
    '../_base_/schedules/imagenet-lt_90e.py',
    '../_base_/default_runtime.py',
]

model = dict(head=dict(num_classes=365))
