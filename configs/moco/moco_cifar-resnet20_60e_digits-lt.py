_base_ = [
    '../_base_/models/cifar-resnet20_simclr.py',
    '../_base_/datasets/digits-lt_ssl-views.py',
    '../_base_/schedules/digits-ssl_60e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    _delete_=True,
    type='ltplug.MoCo',
    queue_len=256,  # of 371 images
    feat_dim=64,
    momentum=0.01,
    backbone=dict(type='ltplug.CIFARResNet', depth=20),
    neck=dict(
        type='MoCoV2Neck', in_channels=64, hid_channels=64, out_channels=64, with_avg_pool=True),
    head=dict(
        type='ContrastiveHead', loss=dict(type='CrossEntropyLoss', loss_weight=1.0),
        temperature=0.2))

# Whole batches only, as in the code of MoCo.
train_dataloader = dict(batch_sampler=dict(drop_last=True))
