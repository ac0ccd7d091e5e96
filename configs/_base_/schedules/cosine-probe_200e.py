# Stage 2 of SBCL on CIFAR-LT, for the cosine classifier with LDAM, with the values of its code, as
# the text gives none: the factors 0.1 and 0.01 begin after epochs 140 and 180 (the third step that
# TSC tells, after 190, is never reached there).
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=0))

param_scheduler = [
    dict(type='LinearLR', start_factor=0.2, by_epoch=True, begin=0, end=5),
    dict(type='MultiStepLR', by_epoch=True, milestones=[140, 180], gamma=0.1),
]

train_cfg = dict(by_epoch=True, max_epochs=200, val_interval=10)
auto_scale_lr = dict(enable=False, base_batch_size=128)
