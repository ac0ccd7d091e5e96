# The shape of the CIFAR-LT schedule for the digits: ours, no paper trains on them.
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=5e-4))

param_scheduler = [
    dict(type='LinearLR', start_factor=0.2, by_epoch=True, begin=0, end=5),
    dict(type='MultiStepLR', by_epoch=True, milestones=[48, 54], gamma=0.1),
]

train_cfg = dict(by_epoch=True, max_epochs=60, val_interval=20)
auto_scale_lr = dict(enable=False, base_batch_size=32)
