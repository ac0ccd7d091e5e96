# Two views of every image as KCL and TSC make them; nothing is predicted, so nothing is validated.
_base_ = ['imagenet-lt.py']

data_preprocessor = dict(
    _delete_=True,
    type='ltplug.MultiViewDataPreprocessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    to_rgb=True)

train_dataloader = dict(
    batch_size=64,
    dataset=dict(dataset=dict(pipeline=[
        dict(type='LoadImageFromFile'),
        dict(type='MultiView', num_views=2, transforms=[[
            dict(type='RandomResizedCrop', scale=224),
            dict(type='RandomFlip', prob=0.5, direction='horizontal'),
            dict(type='ColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=0.0),
        ]]),
        dict(type='PackInputs'),
    ])))

val_dataloader = val_evaluator = val_cfg = None
test_dataloader = test_evaluator = test_cfg = None
