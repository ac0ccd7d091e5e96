stages = [
    dict(name='rotation', config='rotation_cifar-resnet32_200e_svhn-lt-ir10.py'),
    dict(name='ce', config='../ce/ce_cifar-resnet32_200e_svhn-lt-ir10.py',
         load_from=dict(stage='rotation', parts=dict(backbone='backbone'))),
    dict(name='ldam-drw', config='../ldam/ldam-drw_cifar-resnet32_200e_svhn-lt-ir10.py',
         load_from=dict(stage='rotation', parts=dict(backbone='backbone'))),
]
