_base_ = ['cbs-rrs_resnet10_30e_imagenet-lt.py']

model = dict(rotation_augmentation=True)
