_base_ = ['bcl-i_resnet18_2000e_cifar100-lt-split1.py']

# The row of FASSL's Table 1, with "only common augmentation types in SSL". The paper does not say
# which: ours are those of colour jitter, with the ranges of RandAugment.
view = [
    *_base_.view[:-1],
    dict(
        type='ltplug.StrengthRandAugment',
        num_policies=1,
        levels=(10, 30),
        policies=[
            dict(type='Brightness', magnitude_range=(0, 0.9)),
            dict(type='Contrast', magnitude_range=(0, 0.9)),
            dict(type='ColorTransform', magnitude_range=(0, 0.9)),
        ]),
]
train_dataloader = dict(
    dataset=dict(dataset=dict(dataset=dict(pipeline=[
        dict(type='MultiView', num_views=2, transforms=[view]),
        dict(type='PackInputs'),
    ]))))
