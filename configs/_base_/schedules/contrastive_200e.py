# Stage 1 of DSCL. The learning rate belongs to 256 images per step; it is scaled to the batch size
# times the number of GPUs.
optim_wrapper = dict(optimizer=dict(
    type='SGD',
    lr=0.1,
    momentum=0.9,
    weight_decay=5e-4))  # as the momentum of the code, the paper does not say

param_scheduler = [dict(type='CosineAnnealingLR', by_epoch=True, T_max=200, eta_min=0)]

train_cfg = dict(by_epoch=True, max_epochs=200)
auto_scale_lr = dict(enable=True, base_batch_size=256)
