_base_ = [
    '../_base_/models/resnet18_byol.py',
    '../_base_/datasets/digits-lt_ssl-views.py',
    '../_base_/schedules/digits-ssl_60e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    backbone=dict(_delete_=True, type='ltplug.CIFARResNet', depth=20),
    neck=dict(in_channels=64, hid_channels=128, out_channels=64),
    head=dict(predictor=dict(in_channels=64, hid_channels=128, out_channels=64)))

train_dataloader = dict(batch_sampler=dict(drop_last=True))
