_base_ = ['default_loaders.py']

data_preprocessor = dict(num_classes=10, mean=[77.8] * 3, std=[92.0] * 3, to_rgb=False)

train_dataloader = dict(
    batch_size=32,
    dataset=dict(
        type='ltplug.LongTailSubset',
        imbalance_ratio=50,
        profile='exp',
        dataset=dict(
            type='ltplug.Digits',
            split='train',
            pipeline=[
                dict(type='RandomCrop', crop_size=16, padding=2),
                dict(type='PackInputs'),
            ])))

val_dataloader = dict(
    batch_size=200,
    dataset=dict(
        type='ltplug.Digits',
        split='test',
        test_mode=True,
        pipeline=[dict(type='PackInputs')]))

test_dataloader = val_dataloader
val_evaluator = dict(type='ltplug.GroupAccuracy', groups='shot')
test_evaluator = val_evaluator
