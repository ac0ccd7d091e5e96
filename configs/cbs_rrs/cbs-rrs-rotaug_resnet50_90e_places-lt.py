_base_ = ['cbs-rrs_resnet50_90e_places-lt.py']

model = dict(rotation_augmentation=True)
