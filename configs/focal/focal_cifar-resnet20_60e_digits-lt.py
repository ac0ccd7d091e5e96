_base_ = ['../ce/ce_cifar-resnet20_60e_digits-lt.py']

model = dict(
    head=dict(loss=dict(_delete_=True, type='ltplug.ReweightedFocalLoss', gamma=1, scheme='none')))
