stages = [
    dict(name='rotation', config='rotation_cifar-resnet20_60e_digits-lt.py'),
    dict(name='ce', config='../ce/ce_cifar-resnet20_60e_digits-lt.py',
         load_from=dict(stage='rotation', parts=dict(backbone='backbone'))),
    dict(name='ldam-drw', config='../ldam/ldam-drw_cifar-resnet20_60e_digits-lt.py',
         load_from=dict(stage='rotation', parts=dict(backbone='backbone'))),
]
