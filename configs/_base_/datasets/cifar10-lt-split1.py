# The first of SDCLR's five splits: images for validation are held out before the long tail is
# carved (4500 down to 45 images a class). Another split: class_order='cifar10-split2' to '-split5'
# in the datasets of all stages.
_base_ = ['default_loaders.py']

data_preprocessor = dict(
    num_classes=10,
    mean=[123.675, 116.28, 103.53],  # of ImageNet, as in SDCLR
    std=[58.395, 57.12, 57.375],
    to_rgb=False)  # mmpretrain reads CIFAR as RGB

train_dataloader = dict(
    batch_size=128,
    dataset=dict(
        type='ltplug.LongTailSubset',
        imbalance_ratio=100,
        class_order='cifar10-split1',
        dataset=dict(
            type='ltplug.HoldOut',
            images_per_class=500,
            dataset=dict(
                type='CIFAR10',
                data_root='data/cifar10',
                split='train',
                pipeline=[
                    dict(type='RandomCrop', crop_size=32, padding=4),
                    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
                    dict(type='PackInputs'),
                ]))))

val_dataloader = dict(
    batch_size=100,
    dataset=dict(
        type='ltplug.HoldOut',
        part='val',
        images_per_class=500,
        dataset=dict(
            type='CIFAR10',
            data_root='data/cifar10',
            split='train',
            pipeline=[dict(type='PackInputs')])))

test_dataloader = dict(
    batch_size=100,
    dataset=dict(
        type='CIFAR10',
        data_root='data/cifar10',
        split='test',
        test_mode=True,
        pipeline=[dict(type='PackInputs')]))

val_evaluator = dict(type='ltplug.GroupAccuracy', groups='tertile')
test_evaluator = val_evaluator
