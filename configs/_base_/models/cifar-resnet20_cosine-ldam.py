_base_ = ['cifar-resnet32_cosine-ldam.py']

model = dict(backbone=dict(depth=20))
