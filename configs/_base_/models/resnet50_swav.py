_base_ = ['resnet18_swav.py']

# As the code of SwAV for small batches.
model = dict(
    backbone=dict(
        _delete_=True, type='ltplug.ResNet', depth=50, norm_cfg=dict(type='SyncBN')),
    neck=dict(in_channels=2048, norm_cfg=dict(type='SyncBN')),
    head=dict(loss=dict(num_prototypes=3000, num_crops=8, queue_epoch=15, frozen_epochs=1)))
