# The schedule of LDAM (Cao et al. 2019), which most CIFAR-LT tables share: five epochs of warm-up,
# then a factor 0.01 at epochs 160 and 180; weight decay on all parameters.
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=2e-4))

param_scheduler = [
    dict(type='LinearLR', start_factor=0.2, by_epoch=True, begin=0, end=5),
    dict(type='MultiStepLR', by_epoch=True, milestones=[160, 180], gamma=0.01),
]

train_cfg = dict(by_epoch=True, max_epochs=200, val_interval=10)
auto_scale_lr = dict(enable=False, base_batch_size=128)
