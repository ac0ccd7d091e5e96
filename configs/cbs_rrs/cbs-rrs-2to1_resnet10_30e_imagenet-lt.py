_base_ = ['cbs-rrs_resnet10_30e_imagenet-lt.py']

model = dict(balanced_weight=1.0, uniform_weight=0.5)
