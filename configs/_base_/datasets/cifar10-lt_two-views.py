# Two views of every image as SBCL and TSC make them; nothing is predicted, so nothing is validated.
_base_ = ['cifar10-lt.py']

data_preprocessor = dict(
    _delete_=True,
    type='ltplug.MultiViewDataPreprocessor',
    mean=[125.307, 122.961, 113.8575],
    std=[51.5865, 50.847, 51.255],
    to_rgb=False)

train_dataloader = dict(
    batch_size=1024,
    dataset=dict(dataset=dict(pipeline=[
        dict(type='MultiView', num_views=2, transforms=[[
            dict(type='NumpyToPIL'),  # colours change as RGB; mmcv would take them for BGR
            dict(type='torchvision/RandomResizedCrop', size=32, scale=(0.2, 1.0)),
            dict(type='torchvision/RandomHorizontalFlip'),
            dict(type='RandomApply', prob=0.8, transforms=[dict(
                type='torchvision/ColorJitter',
                brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)]),
            dict(type='torchvision/RandomGrayscale', p=0.2),
            dict(type='PILToNumpy'),
        ]]),
        dict(type='PackInputs'),
    ])))

val_dataloader = val_evaluator = val_cfg = None
test_dataloader = test_evaluator = test_cfg = None
