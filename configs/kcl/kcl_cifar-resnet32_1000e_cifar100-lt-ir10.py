_base_ = ['../scl/scl_cifar-resnet32_1000e_cifar100-lt-ir10.py']

model = dict(loss=dict(type='ltplug.KPositiveSupConLoss', temperature=0.07, k=6))
