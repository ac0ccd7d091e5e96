# The shape of the contrastive CIFAR-LT schedule for the digits: ours, no paper trains on them.
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.05, momentum=0.9, weight_decay=5e-4))

param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, begin=0, end=5),
    dict(type='CosineAnnealingLR', by_epoch=True, begin=5, end=100, T_max=95, eta_min=0),
]

train_cfg = dict(by_epoch=True, max_epochs=100)
auto_scale_lr = dict(enable=False, base_batch_size=64)
