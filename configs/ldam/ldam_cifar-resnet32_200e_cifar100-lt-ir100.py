_base_ = [
    '../_base_/models/cifar-resnet32_cosine-ldam.py',
    '../_base_/datasets/cifar100-lt.py',
    '../_base_/schedules/cifar-lt_200e.py',
    '../_base_/default_runtime.py',
]

model = dict(head=dict(num_classes=100))
