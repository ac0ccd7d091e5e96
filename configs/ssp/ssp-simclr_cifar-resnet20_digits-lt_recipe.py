# From SimCLR instead of rotation prediction, for which digits are hard (a turned 6 is a 9), while
# the views of SimCLR keep them upright.
stages = [
    dict(name='simclr', config='../simclr/simclr_cifar-resnet20_60e_digits-lt.py'),
    dict(name='ce', config='../ce/ce_cifar-resnet20_60e_digits-lt.py',
         load_from=dict(stage='simclr', parts=dict(backbone='backbone'))),
    dict(name='ldam-drw', config='../ldam/ldam-drw_cifar-resnet20_60e_digits-lt.py',
         load_from=dict(stage='simclr', parts=dict(backbone='backbone'))),
]
