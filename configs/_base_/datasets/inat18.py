_base_ = ['default_loaders.py']

data_preprocessor = dict(
    num_classes=8142,
    mean=[118.83, 120.105, 96.9],
    std=[49.725, 49.47, 48.96],
    to_rgb=True)

train_dataloader = dict(
    batch_size=128,
    num_workers=8,
    dataset=dict(
        type='ltplug.DrawDataset',
        dataset=dict(
            type='ltplug.INaturalist2018',
            ann_file='train2018.json',
            data_root='data/inaturalist2018',
            num_classes=8142,
            pipeline=[
                dict(type='LoadImageFromFile'),
                dict(type='RandomResizedCrop', scale=224),
                dict(type='RandomFlip', prob=0.5, direction='horizontal'),
                dict(type='PackInputs'),
            ])))

val_dataloader = dict(
    batch_size=128,
    num_workers=8,
    dataset=dict(
        type='ltplug.INaturalist2018',
        ann_file='val2018.json',
        data_root='data/inaturalist2018',
        num_classes=8142,
        test_mode=True,
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='ResizeEdge', scale=256, edge='short'),
            dict(type='CenterCrop', crop_size=224),
            dict(type='PackInputs'),
        ]))

# The labels of the official test set are not public: the literature tests on the validation set.
test_dataloader = val_dataloader

val_evaluator = dict(type='ltplug.GroupAccuracy', groups='shot')
test_evaluator = val_evaluator
