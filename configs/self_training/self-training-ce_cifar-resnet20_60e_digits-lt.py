_base_ = [
    '../_base_/models/cifar-resnet20.py',
    '../_base_/datasets/digits-lt_pseudo-labels.py',
    '../_base_/schedules/digits-lt_60e.py',
    '../_base_/default_runtime.py',
]

model = dict(type='ltplug.SelfTrainingClassifier', unlabeled_weight=1.0)
