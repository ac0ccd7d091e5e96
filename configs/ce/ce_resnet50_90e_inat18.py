_base_ = [
    '../_base_/models/resnet50.py',
    '../_base_/datasets/inat18.py',
    '../_base_/schedules/imagenet-lt_90e.py',
    '../_base_/default_runtime.py',
]

model = dict(head=dict(num_classes=8142))
optim_wrapper = dict(optimizer=dict(weight_decay=1e-4))
