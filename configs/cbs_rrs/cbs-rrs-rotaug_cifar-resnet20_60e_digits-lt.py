_base_ = ['cbs-rrs_cifar-resnet20_60e_digits-lt.py']

model = dict(rotation_augmentation=True)
