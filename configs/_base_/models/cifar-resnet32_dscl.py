_base_ = ['resnet50_dscl.py']

# Ours: the paper does not train on small images. The queue must stay below the size of the set.
model = dict(
    backbone=dict(_delete_=True, type='ltplug.CIFARResNet', depth=32),
    neck=dict(in_channels=64, hid_channels=64),
    queue_len=4096)
