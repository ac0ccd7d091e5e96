_base_ = ['../scl/scl_cifar-resnet32_1000e_cifar10-lt-ir100.py']

# k and temperature are of TSC, its supplement and code.
model = dict(loss=dict(type='ltplug.KPositiveSupConLoss', temperature=0.07, k=6))
