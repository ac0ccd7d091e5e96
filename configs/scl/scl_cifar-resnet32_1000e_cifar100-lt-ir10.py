_base_ = [
    '../_base_/models/cifar-resnet32_supcon.py',
    '../_base_/datasets/cifar100-lt_two-views.py',
    '../_base_/schedules/cifar-lt_contrastive_1000e.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(dataset=dict(imbalance_ratio=10))
