# A view of an image of CIFAR as SDCLR and FASSL make them, without blur.
view = [
    dict(type='NumpyToPIL'),  # colours change as RGB; mmcv would take them for BGR
    dict(type='torchvision/RandomResizedCrop', size=32, scale=(0.1, 1.0), interpolation='bicubic'),
    dict(type='torchvision/RandomHorizontalFlip'),
    dict(type='RandomApply', prob=0.8, transforms=[dict(
        type='torchvision/ColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)]),
    dict(type='torchvision/RandomGrayscale', p=0.2),
    dict(type='PILToNumpy'),
]
