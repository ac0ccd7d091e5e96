# Two large and six small crops of each image, as the code of SwAV makes them.
colors = [
    dict(type='RandomApply', prob=0.8, transforms=[dict(
        type='ColorJitter', brightness=0.8, contrast=0.8, saturation=0.8, hue=0.2)]),
    dict(type='RandomGrayscale', prob=0.2, keep_channels=True,
         channel_weights=(0.114, 0.587, 0.2989)),
    dict(type='GaussianBlur', magnitude_range=(0.1, 2.0), magnitude_std='inf', prob=0.5),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
]
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='MultiView', num_views=[2, 6], transforms=[
        [dict(type='RandomResizedCrop', scale=224, crop_ratio_range=(0.14, 1.0),
              backend='pillow'), *colors],
        [dict(type='RandomResizedCrop', scale=96, crop_ratio_range=(0.05, 0.14),
              backend='pillow'), *colors],
    ]),
    dict(type='PackInputs'),
]
