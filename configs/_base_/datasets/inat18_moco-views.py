# Two views of every image as MoCo v2 and SBCL make them.
_base_ = ['inat18_two-views.py']

train_dataloader = dict(
    batch_size=64,
    dataset=dict(dataset=dict(pipeline=[
        dict(type='LoadImageFromFile'),
        dict(type='MultiView', num_views=2, transforms=[[
            dict(type='RandomResizedCrop', scale=224, crop_ratio_range=(0.2, 1.0)),
            dict(type='RandomApply', prob=0.8, transforms=[dict(
                type='ColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)]),
            dict(type='RandomGrayscale', prob=0.2, keep_channels=True,
                 channel_weights=(0.114, 0.587, 0.2989)),
            dict(type='GaussianBlur', magnitude_range=(0.1, 2.0), magnitude_std='inf', prob=0.5),
            dict(type='RandomFlip', prob=0.5, direction='horizontal'),
        ]]),
        dict(type='PackInputs'),
    ])))
