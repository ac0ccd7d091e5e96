# What the released code does otherwise than the paper: key view without grey and blur, alpha, the
# batch as candidates, running statistics of the crops, warm-up, learning rate by iteration.
_base_ = ['dscl-pbsd_resnet50_200e_imagenet-lt.py']

model = dict(
    loss=dict(alpha=1 / 9, in_batch=True),
    crops_move_statistics=True)

geometry = [
    dict(type='RandomResizedCrop', scale=224, crop_ratio_range=(0.08, 1.0), backend='pillow'),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
]
train_dataloader = dict(dataset=dict(dataset=dict(pipeline=[
    dict(type='LoadImageFromFile'),
    dict(
        type='ltplug.GlobalPatchViews',
        geometry=geometry,
        query=_base_.colors,
        key=[
            *geometry,
            dict(type='ColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=0.0)],
        crop=[dict(type='RandomFlip', prob=0.5, direction='horizontal'), *_base_.colors],
        num_patches=5,
        patch_size=64,
        patch_scale=(0.05, 0.6)),
    dict(type='PackInputs', algorithm_keys=['patch_boxes']),
])))

param_scheduler = [
    dict(type='LinearLR', start_factor=1e-3, by_epoch=True, begin=0, end=10,
         convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', by_epoch=True, T_max=190, begin=10, end=200, eta_min=0,
         convert_to_iter_based=True),
]
