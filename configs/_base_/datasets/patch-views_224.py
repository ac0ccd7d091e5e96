# Two views of MoCo v2 and five crops of the first (DSCL). How crops are augmented is of the code.
colors = [
    dict(type='RandomApply', prob=0.8, transforms=[
        dict(type='ColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)]),
    dict(type='RandomGrayscale', prob=0.2, keep_channels=True,
         channel_weights=(0.114, 0.587, 0.2989)),
    dict(type='GaussianBlur', magnitude_range=(0.1, 2.0), magnitude_std='inf', prob=0.5),
]
geometry = [
    dict(type='RandomResizedCrop', scale=224, crop_ratio_range=(0.2, 1.0), backend='pillow'),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
]
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='ltplug.GlobalPatchViews',
        geometry=geometry,
        query=colors,
        key=[*geometry, *colors],
        crop=[dict(type='RandomFlip', prob=0.5, direction='horizontal'), *colors],
        num_patches=5,
        patch_size=64,
        patch_scale=(0.05, 0.6)),
    dict(type='PackInputs', algorithm_keys=['patch_boxes']),
]
