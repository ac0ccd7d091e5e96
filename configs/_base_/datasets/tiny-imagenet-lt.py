# 500 down to 5 images of 64x64 pixels a class. The paper does not say which classes are frequent, so
# the class_order is ours. Nothing is held out; the official validation images are the test set.
_base_ = ['default_loaders.py']

data_preprocessor = dict(
    num_classes=200,
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    to_rgb=True)

train_dataloader = dict(
    batch_size=128,
    num_workers=8,
    dataset=dict(
        type='ltplug.LongTailSubset',
        imbalance_ratio=100,
        class_order='tiny-imagenet',
        dataset=dict(
            type='ltplug.TinyImageNet',
            split='train',
            pipeline=[
                dict(type='LoadImageFromFile'),
                dict(type='RandomCrop', crop_size=64, padding=8),
                dict(type='RandomFlip', prob=0.5, direction='horizontal'),
                dict(type='PackInputs'),
            ])))

val_dataloader = dict(
    batch_size=100,
    num_workers=8,
    dataset=dict(
        type='ltplug.TinyImageNet',
        split='val',
        test_mode=True,
        pipeline=[dict(type='LoadImageFromFile'), dict(type='PackInputs')]))

test_dataloader = val_dataloader
val_evaluator = dict(type='ltplug.GroupAccuracy', groups='tertile')
test_evaluator = val_evaluator
