_base_ = [
    '../_base_/models/cifar-resnet20_simclr.py',
    '../_base_/datasets/cifar10-lt_two-views.py',
    '../_base_/schedules/cifar-ssl_200e.py',
    '../_base_/default_runtime.py',
]

model = dict(backbone=dict(depth=32))

train_dataloader = dict(batch_size=512)
