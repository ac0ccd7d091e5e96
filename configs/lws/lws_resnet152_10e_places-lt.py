_base_ = [
    '../_base_/models/resnet152-imagenet.py',
    '../_base_/datasets/places-lt.py',
    '../_base_/schedules/decoupling_10e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    type='ltplug.FrozenBackboneClassifier',
    backbone=dict(frozen_stages=-1, init_cfg=None),  # its weights come from stage 1
    head=dict(
        type='ltplug.LearnableScaleLinearClsHead',
        num_classes=365))

train_dataloader = dict(
    sampler=dict(_delete_=True, type='ltplug.ClassAwareSampler', num_samples_per_class=4))
default_hooks = dict(checkpoint_fit=dict(parts={'backbone': 'backbone', 'head.fc': 'head.fc'}))
