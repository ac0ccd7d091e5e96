_base_ = ['moco_resnet50_200e_imagenet-lt.py']

# The values of ResNet-50: those of ResNet-10 are not published.
model = dict(
    backbone=dict(depth=10),
    neck=dict(in_channels=512, hid_channels=512))
