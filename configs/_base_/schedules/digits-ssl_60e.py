# The shape of SDCLR's schedule for the digits: ours, no paper trains on them. Learning rate and
# batch size were chosen for SimCLR and BYOL on held-out training images.
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=1e-4))

param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, begin=0, end=5,
         convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', by_epoch=True, begin=5, eta_min=1e-6,
         convert_to_iter_based=True),
]

train_cfg = dict(by_epoch=True, max_epochs=60)
auto_scale_lr = dict(enable=False, base_batch_size=64)
