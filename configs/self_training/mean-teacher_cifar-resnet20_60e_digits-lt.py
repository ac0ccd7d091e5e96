_base_ = [
    '../_base_/models/cifar-resnet20.py',
    '../_base_/datasets/digits-lt_unlabeled.py',
    '../_base_/schedules/digits-lt_60e.py',
    '../_base_/default_runtime.py',
]

two_views = [
    dict(type='MultiView', num_views=2, transforms=[[
        dict(type='RandomCrop', crop_size=16, padding=2),
    ]]),
    dict(type='PackInputs'),
]
train_dataloader = dict(
    dataset=dict(
        labeled=dict(dataset=dict(pipeline=two_views)),
        unlabeled=dict(dataset=dict(dataset=dict(pipeline=two_views)))))
data_preprocessor = dict(type='ltplug.MultiViewDataPreprocessor')

# Settings of Oliver et al. (2018); no paper trains on the digits.
model = dict(type='ltplug.MeanTeacherClassifier', decay=0.95, unlabeled_weight=8.0)
default_hooks = dict(
    teacher=dict(type='ltplug.MomentumTeacherHook'),
    ramp_up=dict(type='ltplug.ConsistencyRampUpHook', epochs=24))
