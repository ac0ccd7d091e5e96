"""Transforms that have a batched version, and batches to try them on."""

import torch

from ltplug.models.utils import BatchedAugmentation

PLAIN = dict(type='ClsDataPreprocessor', mean=[0.0] * 3, std=[1.0] * 3)
JITTER = dict(brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)

STEPS = {
    'crop': [dict(type='RandomCrop', crop_size=32, padding=4)],
    'crop and flips': [dict(type='RandomCrop', crop_size=(30, 26), padding=2),
                       dict(type='RandomFlip', prob=0.9), dict(type='RandomFlip', prob=0.9),
                       dict(type='RandomFlip', prob=0.2, direction='vertical')],
    'flip': [dict(type='RandomFlip', prob=0.5)],
    'upside down': [dict(type='RandomFlip', prob=0.3, direction='vertical')],
    'resized crop': [dict(type='RandomResizedCrop', scale=24, crop_ratio_range=(0.2, 1.0),
                          backend='pillow')],
    'cv2 crop': [dict(type='RandomResizedCrop', scale=32, crop_ratio_range=(0.2, 1.0))],
    'cv2 crop that shrinks': [dict(type='RandomResizedCrop', scale=(9, 12))],
    'pillow crop that shrinks': [dict(type='RandomResizedCrop', scale=(9, 12), backend='pillow',
                                      aspect_ratio_range=(0.4, 0.6))],
    'torchvision crop that shrinks': [
        dict(type='NumpyToPIL'), dict(type='torchvision/RandomResizedCrop', size=(9, 12),
                                      antialias=False), dict(type='PILToNumpy')],
    'bicubic crop': [dict(type='RandomResizedCrop', scale=32, interpolation='bicubic',
                          backend='pillow')],
    'torchvision': [dict(type='NumpyToPIL'), dict(type='torchvision/RandomCrop', size=32,
                                                  padding=2),
                    dict(type='torchvision/RandomResizedCrop', size=32, scale=(0.2, 1.0)),
                    dict(type='torchvision/RandomHorizontalFlip', p=0.1), dict(type='PILToNumpy')],
    'jitter': [dict(type='NumpyToPIL'), dict(type='torchvision/ColorJitter', **JITTER),
               dict(type='PILToNumpy')],
    'some jitter': [dict(type='RandomApply', prob=0.8, transforms=[
        dict(type='ColorJitter', brightness=0.4, contrast=(0.5, 1.5))])],
    'strong jitter': [dict(type='ColorJitter', brightness=1.5)],
    'gray': [dict(type='RandomGrayscale', prob=0.4, keep_channels=True,
                  channel_weights=(0.2989, 0.587, 0.114))],
    'torchvision gray': [dict(type='NumpyToPIL'), dict(type='torchvision/RandomGrayscale', p=0.4),
                         dict(type='PILToNumpy')],
    'blur': [dict(type='GaussianBlur', magnitude_range=(0.1, 2.0), magnitude_std='inf', prob=0.5)],
    'torchvision blur': [dict(type='NumpyToPIL'), dict(
        type='torchvision/GaussianBlur', kernel_size=3, sigma=(0.1, 3.0)), dict(type='PILToNumpy')],
    'affine': [dict(type='NumpyToPIL'),
               dict(type='torchvision/RandomAffine', degrees=15, translate=(0.1, 0.2),
                    scale=(0.8, 1.2), shear=10), dict(type='PILToNumpy')],
    'shear': [dict(type='NumpyToPIL'), dict(
        type='torchvision/RandomAffine', degrees=0, shear=(25, 45)), dict(type='PILToNumpy')],
}


def repeated(picture, number):
    return torch.from_numpy(picture).permute(2, 0, 1).repeat(number, 1, 1, 1)


def augment(pipeline, images, samples=None, **kwargs):
    module = BatchedAugmentation(pipeline, kwargs.pop('preprocessor', PLAIN), **kwargs)
    return module(dict(inputs=images, data_samples=samples), training=True)['inputs']
