_base_ = [
    '../_base_/models/cifar-resnet20_supcon.py',
    '../_base_/datasets/digits-lt_two-views.py',
    '../_base_/schedules/digits-lt_contrastive_100e.py',
    '../_base_/default_runtime.py',
]
