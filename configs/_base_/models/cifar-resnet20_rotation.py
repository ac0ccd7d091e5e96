_base_ = ['cifar-resnet32_rotation.py']

model = dict(backbone=dict(depth=20))
