_base_ = ['cbs-rrs_cifar-resnet32_200e_cifar10-lt-ir100.py']

model = dict(
    rotation_head=dict(type='LinearClsHead', num_classes=4, in_channels=512), rotation_weight=1.0)
