_base_ = ['resnet50.py']

model = dict(backbone=dict(depth=10), head=dict(in_channels=512))
