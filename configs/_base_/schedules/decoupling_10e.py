# Stage 2 of "Decoupling" (Kang et al. 2020): a classifier on the features of stage 1. The learning
# rate belongs to 512 images per step; it is scaled to the batch size times the number of GPUs.
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.2, momentum=0.9, weight_decay=5e-4))

param_scheduler = [dict(type='CosineAnnealingLR', by_epoch=True, T_max=10, eta_min=0)]

train_cfg = dict(by_epoch=True, max_epochs=10, val_interval=5)
auto_scale_lr = dict(enable=True, base_batch_size=512)
