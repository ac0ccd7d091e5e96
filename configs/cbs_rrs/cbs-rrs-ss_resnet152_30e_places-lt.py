_base_ = ['cbs-rrs_resnet152_30e_places-lt.py']

model = dict(
    rotation_head=dict(type='LinearClsHead', num_classes=4, in_channels=512), rotation_weight=1.0)
