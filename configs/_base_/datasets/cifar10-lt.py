_base_ = ['default_loaders.py']

# The statistics of CIFAR-10, which the long-tailed literature uses for both data sets.
data_preprocessor = dict(
    num_classes=10,
    mean=[125.307, 122.961, 113.8575],
    std=[51.5865, 50.847, 51.255],
    to_rgb=False)  # mmpretrain reads CIFAR as RGB

train_dataloader = dict(
    batch_size=128,
    dataset=dict(
        type='ltplug.LongTailSubset',
        imbalance_ratio=100,
        profile='exp',
        dataset=dict(
            type='CIFAR10',
            data_root='data/cifar10',
            split='train',
            pipeline=[
                dict(type='RandomCrop', crop_size=32, padding=4),
                dict(type='RandomFlip', prob=0.5, direction='horizontal'),
                dict(type='PackInputs'),
            ])))

val_dataloader = dict(
    batch_size=100,
    dataset=dict(
        type='CIFAR10',
        data_root='data/cifar10',
        split='test',
        test_mode=True,
        pipeline=[dict(type='PackInputs')]))

test_dataloader = val_dataloader
# Up to ratio 200 no class of CIFAR-10-LT has fewer than 20 images: thirds instead of shots.
val_evaluator = dict(type='ltplug.GroupAccuracy', groups='tertile')
test_evaluator = val_evaluator
