# DSCL + PBSD on large images. The projection head has no batch norm.
model = dict(
    type='ltplug.DSCL',
    # zero_init_residual, as in the code: the paper does not say
    backbone=dict(type='ltplug.ResNet', depth=50, zero_init_residual=True),
    neck=dict(type='MoCoV2Neck', in_channels=2048, hid_channels=2048, out_channels=128),
    queue_len=65536,
    feat_dim=128,
    momentum=0.001,
    loss=dict(type='ltplug.DecoupledSupConLoss', temperature=0.07, alpha=0.1),
    patch_loss=dict(type='ltplug.PatchDistillationLoss', temperature=0.07, loss_weight=1.5))
