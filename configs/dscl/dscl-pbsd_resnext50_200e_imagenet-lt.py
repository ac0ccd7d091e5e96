_base_ = ['dscl-pbsd_resnet50_200e_imagenet-lt.py']

model = dict(backbone=dict(type='ResNeXt', groups=32, width_per_group=4))
