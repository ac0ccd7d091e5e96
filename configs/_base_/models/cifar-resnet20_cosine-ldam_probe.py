_base_ = ['cifar-resnet32_cosine-ldam_probe.py']

model = dict(backbone=dict(depth=20))
