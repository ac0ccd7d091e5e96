_base_ = [
    '../_base_/models/cifar-resnet32.py',
    '../_base_/datasets/cifar10-lt_unlabeled.py',
    '../_base_/schedules/cifar-lt_200e.py',
    '../_base_/default_runtime.py',
]

two_views = [
    dict(type='MultiView', num_views=2, transforms=[[
        dict(type='RandomCrop', crop_size=32, padding=4),
        dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    ]]),
    dict(type='PackInputs'),
]
train_dataloader = dict(
    dataset=dict(
        labeled=dict(dataset=dict(pipeline=two_views)),
        unlabeled=dict(dataset=dict(pipeline=two_views))))
data_preprocessor = dict(type='ltplug.MultiViewDataPreprocessor')

# The paper's settings stand in its appendix, which is missing. These are of Oliver et al. (2018),
# and so is the ramp over the first 40 % of the training.
model = dict(type='ltplug.MeanTeacherClassifier', decay=0.95, unlabeled_weight=8.0)
default_hooks = dict(
    teacher=dict(type='ltplug.MomentumTeacherHook'),
    ramp_up=dict(type='ltplug.ConsistencyRampUpHook', epochs=80))
auto_scale_lr = dict(base_batch_size=256)
