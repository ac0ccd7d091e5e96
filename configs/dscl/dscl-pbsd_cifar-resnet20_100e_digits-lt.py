_base_ = [
    '../_base_/models/cifar-resnet32_dscl.py',
    '../_base_/datasets/digits-lt_patch-views.py',
    '../_base_/schedules/contrastive_200e.py',
    '../_base_/default_runtime.py',
]

# Ours: of 371 images 256 are in the queue, and the average follows within some epochs.
model = dict(backbone=dict(depth=20), queue_len=256, momentum=0.05)

optim_wrapper = dict(optimizer=dict(lr=0.03))
param_scheduler = [dict(type='CosineAnnealingLR', by_epoch=True, T_max=100, eta_min=0)]
train_cfg = dict(max_epochs=100)
auto_scale_lr = dict(enable=False, base_batch_size=32)
