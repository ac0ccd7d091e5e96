# Contrastive learning of small images without labels, in as many epochs as rotation prediction:
# ours, with the shape of SDCLR's schedule.
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.5, momentum=0.9, weight_decay=1e-4))

param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, begin=0, end=10,
         convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', by_epoch=True, begin=10, eta_min=1e-6,
         convert_to_iter_based=True),
]

train_cfg = dict(by_epoch=True, max_epochs=200)
auto_scale_lr = dict(enable=False, base_batch_size=512)
