_base_ = ['linear-probe_resnet50_40e_imagenet-lt.py']

model = dict(backbone=dict(type='ResNeXt', groups=32, width_per_group=4))
