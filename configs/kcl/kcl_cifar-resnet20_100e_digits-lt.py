_base_ = ['../scl/scl_cifar-resnet20_100e_digits-lt.py']

model = dict(loss=dict(type='ltplug.KPositiveSupConLoss', k=6))
