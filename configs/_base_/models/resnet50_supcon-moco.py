# Supervised contrastive learning against a queue, as MoCo v2, with the values of TSC's supplement
# and SBCL's code. The projection head has no batch norm.
model = dict(
    type='ltplug.SupConMoCo',
    backbone=dict(type='ltplug.ResNet', depth=50),
    neck=dict(type='MoCoV2Neck', in_channels=2048, hid_channels=2048, out_channels=128),
    loss=dict(type='ltplug.SupConLoss', temperature=0.07),
    queue_len=65536,
    feat_dim=128,
    momentum=0.001)
