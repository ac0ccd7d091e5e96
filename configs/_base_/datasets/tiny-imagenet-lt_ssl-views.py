# Two views of each image, for self-supervised learning: nothing is validated or tested. FASSL tells
# no network, batch or schedule for Tiny-ImageNet: those of CIFAR, which its configs have, are ours.
_base_ = ['tiny-imagenet-lt.py', 'ssl-views_64.py']

data_preprocessor = dict(
    _delete_=True,
    type='ltplug.MultiViewDataPreprocessor',
    mean=_base_.data_preprocessor.mean,
    std=_base_.data_preprocessor.std,
    to_rgb=True)

train_dataloader = dict(
    batch_size=512,
    dataset=dict(dataset=dict(pipeline=[
        dict(type='LoadImageFromFile'),
        dict(type='MultiView', num_views=2, transforms=[_base_.view]),
        dict(type='PackInputs'),
    ])))

val_cfg = val_dataloader = val_evaluator = None
test_cfg = test_dataloader = test_evaluator = None
