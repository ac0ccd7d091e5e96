# A view of an image of Tiny-ImageNet: the changes that FASSL lists, with the ranges of CIFAR, which
# is ours.
view = [
    dict(type='RandomResizedCrop', scale=64, crop_ratio_range=(0.1, 1.0),
         interpolation='bicubic', backend='pillow'),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='RandomApply', prob=0.8, transforms=[dict(
        type='ColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)]),
    dict(type='RandomGrayscale', prob=0.2, keep_channels=True,
         channel_weights=(0.114, 0.587, 0.2989)),
]
