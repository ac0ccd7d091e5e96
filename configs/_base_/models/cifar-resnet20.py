_base_ = ['cifar-resnet32.py']

model = dict(backbone=dict(depth=20))
