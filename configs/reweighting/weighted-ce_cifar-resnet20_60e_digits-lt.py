_base_ = ['../ce/ce_cifar-resnet20_60e_digits-lt.py']

model = dict(head=dict(loss=dict(scheme='inverse')))
