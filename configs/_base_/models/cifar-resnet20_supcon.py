_base_ = ['cifar-resnet32_supcon.py']

model = dict(backbone=dict(depth=20))
