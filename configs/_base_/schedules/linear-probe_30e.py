# The linear probe of SDCLR and FASSL on the balanced pool. They choose the epoch on validation
# images (default_hooks.checkpoint.report='best').
optim_wrapper = dict(optimizer=dict(
    type='SGD',  # all but the epochs is of SDCLR's code, FASSL does not say
    lr=30,
    momentum=0.9,
    weight_decay=0))

param_scheduler = [dict(type='MultiStepLR', by_epoch=True, milestones=[10, 20], gamma=0.1)]

train_cfg = dict(by_epoch=True, max_epochs=30, val_interval=1)
auto_scale_lr = dict(enable=False, base_batch_size=128)
