# Stage 1 of SBCL, and of TSC, on CIFAR-LT, with the values of their codes: the text of SBCL gives
# none.
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.5, momentum=0.9, weight_decay=1e-4))

param_scheduler = [
    dict(type='LinearLR', start_factor=0.02, by_epoch=True, begin=0, end=10),
    dict(type='CosineAnnealingLR', by_epoch=True, begin=10, end=1000, T_max=990, eta_min=5e-5),
]

train_cfg = dict(by_epoch=True, max_epochs=1000)
auto_scale_lr = dict(enable=False, base_batch_size=1024)
