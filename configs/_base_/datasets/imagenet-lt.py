_base_ = ['default_loaders.py']

# The lists are those of OLTR; its test list holds ILSVRC's validation images, sorted into folders.
# Where they lie in one folder, the dataset of test_dataloader needs
# path_rewrite='imagenet_flat_val'.
data_preprocessor = dict(
    num_classes=1000,
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    to_rgb=True)

train_dataloader = dict(
    batch_size=128,
    num_workers=8,
    dataset=dict(
        type='ltplug.DrawDataset',
        dataset=dict(
            type='ltplug.ImageListDataset',
            ann_file='data/imagenet-lt/ImageNet_LT_train.txt',
            data_prefix='data/imagenet',
            num_classes=1000,
            pipeline=[
                dict(type='LoadImageFromFile'),
                dict(type='RandomResizedCrop', scale=224),
                dict(type='RandomFlip', prob=0.5, direction='horizontal'),
                dict(type='ColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=0.0),
                dict(type='PackInputs'),
            ])))

val_dataloader = dict(
    batch_size=128,
    num_workers=8,
    dataset=dict(
        type='ltplug.ImageListDataset',
        ann_file='data/imagenet-lt/ImageNet_LT_val.txt',
        data_prefix='data/imagenet',
        num_classes=1000,
        test_mode=True,
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='ResizeEdge', scale=256, edge='short'),
            dict(type='CenterCrop', crop_size=224),
            dict(type='PackInputs'),
        ]))

test_dataloader = dict(
    batch_size=128,
    num_workers=8,
    dataset=dict(
        type='ltplug.ImageListDataset',
        ann_file='data/imagenet-lt/ImageNet_LT_test.txt',
        data_prefix='data/imagenet',
        num_classes=1000,
        test_mode=True,
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='ResizeEdge', scale=256, edge='short'),
            dict(type='CenterCrop', crop_size=224),
            dict(type='PackInputs'),
        ]))

val_evaluator = dict(type='ltplug.GroupAccuracy', groups='shot')
test_evaluator = val_evaluator
