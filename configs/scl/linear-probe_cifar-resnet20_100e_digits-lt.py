_base_ = ['cosine-ldam-probe_cifar-resnet20_100e_digits-lt.py']

# Plain cross-entropy, Table 6 of the paper of SBCL.
model = dict(head=dict(
    _delete_=True,
    type='LinearClsHead',
    num_classes=10,
    in_channels=64,
    init_cfg=dict(type='Normal', layer='Linear', std=0.01, bias=0),
    loss=dict(type='ltplug.ReweightedCrossEntropyLoss', scheme='none')))
