_base_ = ['focal_cifar-resnet20_60e_digits-lt.py']

model = dict(head=dict(loss=dict(scheme='effective', beta=0.9999)))
