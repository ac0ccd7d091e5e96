# In-batch supervised contrastive learning, as in the code of SBCL: its text tells neither head nor
# temperature. The projection head has no batch norm.
model = dict(
    type='ltplug.SupCon',
    backbone=dict(type='ltplug.CIFARResNet', depth=32),
    neck=dict(type='MoCoV2Neck', in_channels=64, hid_channels=64, out_channels=128),
    loss=dict(type='ltplug.SupConLoss', temperature=0.1))
