# Stage 1 of FASSL.
model = dict(
    type='ltplug.PrototypeLearner',
    backbone=dict(type='ResNet_CIFAR', depth=18, zero_init_residual=False),
    feat_dim=512,
    num_prototypes=128,
    loss=dict(type='ltplug.ScoreContrastiveLoss', temperature=0.2))
