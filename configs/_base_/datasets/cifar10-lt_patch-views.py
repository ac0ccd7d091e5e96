# Ours: the paper does not train on small images. Without blur; nothing is predicted, so nothing is
# validated.
_base_ = ['cifar10-lt.py']

data_preprocessor = dict(
    _delete_=True,
    type='ltplug.MultiViewDataPreprocessor',
    mean=_base_.data_preprocessor.mean,
    std=_base_.data_preprocessor.std,
    to_rgb=False)

colors = [
    dict(type='NumpyToPIL'),  # colours change as RGB; mmcv would take them for BGR
    dict(type='RandomApply', prob=0.8, transforms=[dict(
        type='torchvision/ColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)]),
    dict(type='torchvision/RandomGrayscale', p=0.2),
    dict(type='PILToNumpy'),
]
geometry = [
    dict(type='RandomResizedCrop', scale=32, crop_ratio_range=(0.2, 1.0), backend='pillow'),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
]
train_dataloader = dict(
    batch_size=256,
    dataset=dict(dataset=dict(pipeline=[
        dict(
            type='ltplug.GlobalPatchViews',
            geometry=geometry,
            query=colors,
            key=[*geometry, *colors],
            crop=[dict(type='RandomFlip', prob=0.5, direction='horizontal'), *colors],
            num_patches=5,
            patch_size=16,
            patch_scale=(0.05, 0.6)),
        dict(type='PackInputs', algorithm_keys=['patch_boxes']),
    ])))

val_dataloader = val_evaluator = val_cfg = None
test_dataloader = test_evaluator = test_cfg = None
