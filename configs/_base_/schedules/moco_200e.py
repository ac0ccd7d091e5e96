# MoCo v2 in SSP. The learning rate belongs to 128 images per step; it is scaled to the batch size
# times the number of GPUs.
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.015, momentum=0.9, weight_decay=1e-4))

param_scheduler = [dict(type='CosineAnnealingLR', by_epoch=True, T_max=200, eta_min=0)]

train_cfg = dict(by_epoch=True, max_epochs=200)
auto_scale_lr = dict(enable=True, base_batch_size=128)
