_base_ = [
    '../_base_/models/resnet50_dscl.py',
    '../_base_/datasets/places-lt_patch-views.py',
    '../_base_/schedules/contrastive_200e.py',
    '../_base_/default_runtime.py',
]

# Which "last block" is trained the paper does not say, nor another learning rate.
model = dict(backbone=dict(
    depth=152,
    frozen_stages=3,
    init_cfg=dict(
        type='Pretrained',
        checkpoint='https://download.pytorch.org/models/resnet152-394f9c45.pth')))

param_scheduler = [dict(type='CosineAnnealingLR', by_epoch=True, T_max=30, eta_min=0)]
train_cfg = dict(max_epochs=30)
