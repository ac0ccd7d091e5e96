# Stage 2 of FASSL. The paper leaves the MLP of the student and how far weights may differ open.
# Ours, too: weights are of cosines where eq. 3 has inner products (loss.similarity='inner'),
# because eq. 2 fixes no length; and both views play both roles, as in BYOL, where eq. 3 has one
# (symmetric=False).
model = dict(
    type='ltplug.PrototypicalRebalancedSSL',
    backbone=dict(type='ResNet_CIFAR', depth=18, zero_init_residual=False),
    feat_dim=512,
    num_prototypes=128,
    predictor=dict(
        type='NonLinearNeck',
        in_channels=512,
        hid_channels=1024,
        out_channels=512,
        with_bias=True,
        with_last_bias=True,
        with_last_bn=False,
        with_avg_pool=False,
        norm_cfg=dict(type='BN1d')),
    loss=dict(type='ltplug.RebalancedConsistencyLoss', phi='prototypes', clip_ratio=10),
    decay=0.99)
