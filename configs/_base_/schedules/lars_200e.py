# The optimizer of BYOL and SwAV. The learning rate belongs to 256 images per step; it is scaled to
# the batch size times the number of GPUs.
optim_wrapper = dict(
    optimizer=dict(type='LARS', lr=0.3, momentum=0.9, weight_decay=1e-6),
    paramwise_cfg=dict(custom_keys={
        'bn': dict(decay_mult=0, lars_exclude=True),
        'bias': dict(decay_mult=0, lars_exclude=True),
        'downsample.1': dict(decay_mult=0, lars_exclude=True),
    }))

param_scheduler = [
    dict(type='LinearLR', start_factor=1e-4, by_epoch=True, begin=0, end=10,
         convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', by_epoch=True, begin=10, convert_to_iter_based=True),
]

train_cfg = dict(by_epoch=True, max_epochs=200)
auto_scale_lr = dict(enable=True, base_batch_size=256)
