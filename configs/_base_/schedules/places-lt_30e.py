# Stage 1 of "Decoupling" (Kang et al. 2020) for a pre-trained backbone: a tenth of the classifier's
# learning rate for the features. The authors trained 30 or 90 epochs (not stated which).
optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=5e-4),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.1))))

param_scheduler = [dict(type='CosineAnnealingLR', by_epoch=True, T_max=30, eta_min=0)]

train_cfg = dict(by_epoch=True, max_epochs=30, val_interval=5)
auto_scale_lr = dict(enable=True, base_batch_size=256)
