# The shape of the CIFAR-LT probe for the digits: ours.
_base_ = ['cosine-probe_200e.py']

param_scheduler = [
    dict(type='LinearLR', start_factor=0.2, by_epoch=True, begin=0, end=5),
    dict(type='MultiStepLR', by_epoch=True, milestones=[70, 90], gamma=0.1),
]

train_cfg = dict(max_epochs=100, val_interval=50)
